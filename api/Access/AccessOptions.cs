using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Access;

/// <summary>Who may do what. Section <c>FleetMonitor:Access</c>. With neither a token file nor an authority everybody may do everything, and the process
/// listens on this machine only.</summary>
public sealed class AccessOptions
{
    public const string Section = "FleetMonitor:Access";

    /// <summary>The file of tokens, one a line: <c>NAME SCOPES sha256:HEX [MODEL-PATTERNS]</c>. Empty: there is none.</summary>
    public string TokensFile { get; set; } = "";

    /// <summary>How often the file is read again; what was read twice is taken. 100 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan TokensPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether to serve everybody on an address that others reach, with neither tokens nor an authority.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Whether <c>/metrics</c> and <c>/metrics/features</c> need the scope <c>read</c>, for all models.</summary>
    public bool MetricsNeedToken { get; set; }

    /// <summary>Tokens of an OpenID Connect provider, beside those of the file.</summary>
    [ValidateObjectMembers]
    public JwtOptions Jwt { get; set; } = new();

    /// <summary>Whether everybody may do everything.</summary>
    internal bool IsOpen => TokensFile.Length == 0 && Jwt.Authority.Length == 0;
}

/// <summary>Which tokens of an OpenID Connect provider are taken, and what in them says what they are for.</summary>
public sealed class JwtOptions
{
    /// <summary>The provider's address; its <c>/.well-known/openid-configuration</c> names the issuer and the keys. Empty: no JWT is taken.</summary>
    public string Authority { get; set; } = "";

    /// <summary>What a token's <c>aud</c> must be. Needed with an authority.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The claim with the scopes: words in one text, or a list. 1 to 200 characters.</summary>
    [Required, StringLength(200)]
    public string ScopeClaim { get; set; } = "scope";

    /// <summary>What stands before <c>ingest</c>, <c>read</c> or <c>admin</c> in that claim, such as <c>fleetmonitor.</c>; empty: nothing.</summary>
    public string ScopePrefix { get; set; } = "";

    /// <summary>The claim with the patterns of the models that a token is for, as in the token file; a token without it is for all. 1 to 200
    /// characters.</summary>
    [Required, StringLength(200)]
    public string ModelsClaim { get; set; } = "fleetmonitor_models";

    /// <summary>Whether the authority must be reached over HTTPS.</summary>
    public bool RequireHttps { get; set; } = true;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;

/// <summary>What belongs together.</summary>
internal sealed class AccessRules : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var (jwt, section) = (options.Jwt, $"{AccessOptions.Section}:{nameof(AccessOptions.Jwt)}");
        if (jwt.Authority.Length == 0) return ValidateOptionsResult.Success;
        List<string> failures = [];
        if (jwt.Audience.Length == 0) failures.Add($"{section}:{nameof(JwtOptions.Audience)}: expected beside {nameof(JwtOptions.Authority)}, got nothing.");
        if (!Uri.TryCreate(jwt.Authority, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            failures.Add($"{section}:{nameof(JwtOptions.Authority)}: expected an address such as https://login.example.com/realms/fleet, got \"{jwt.Authority}\".");
        }
        else if (jwt.RequireHttps && address.Scheme != "https")
        {
            failures.Add($"{section}:{nameof(JwtOptions.Authority)}: expected https://, got \"{jwt.Authority}\" ({nameof(JwtOptions.RequireHttps)} is true).");
        }
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
