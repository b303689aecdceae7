using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetMonitor.Clustering;

/// <summary>The membership table in a row of PostgreSQL.</summary>
public sealed class PostgresMembershipOptions : MembershipOptions
{
    /// <summary>Npgsql's. The role needs the right to create a table once, unless <c>fleet_membership</c> is there.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";
}

/// <summary>Names every option that is missing or out of its range.</summary>
[OptionsValidator]
internal sealed partial class PostgresMembershipOptionsValidator : IValidateOptions<PostgresMembershipOptions>;

/// <summary>Finds a connection string that Npgsql does not understand.</summary>
internal sealed class PostgresConnectionStringValidator : IValidateOptions<PostgresMembershipOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresMembershipOptions options)
    {
        try
        {
            return string.IsNullOrEmpty(options.ConnectionString) || new NpgsqlConnectionStringBuilder(options.ConnectionString).Host is { Length: > 0 }
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail("ConnectionString names no Host.");
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"ConnectionString: {exception.Message}");
        }
    }
}
