using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Clustering;

/// <summary>The membership table in a ConfigMap.</summary>
/// <remarks>Inside a pod nothing needs to be given: address, certificate, token and namespace are the service account's.</remarks>
public sealed class KubernetesMembershipOptions : MembershipOptions
{
    /// <summary>The ConfigMap's name; the silos create it. One cluster, one name.</summary>
    [Required]
    [StringLength(253)]
    [RegularExpression("[a-z0-9]([-a-z0-9.]*[a-z0-9])?")]
    public string ConfigMap { get; set; } = "fleet-monitor-membership";

    /// <summary>Null: the pod's own.</summary>
    [StringLength(63)]
    [RegularExpression("[a-z0-9]([-a-z0-9]*[a-z0-9])?")]
    public string? Namespace { get; set; }

    /// <summary>Null: the one whose pod this process is in. Otherwise <c>https://…</c>, or <c>http://…</c> for one on this machine.</summary>
    public Uri? ApiServer { get; set; }

    /// <summary>The file with the bearer token for <see cref="ApiServer"/>, read again every minute; null: none.</summary>
    public string? TokenFile { get; set; }

    /// <summary>The file, PEM, with the certificates that <see cref="ApiServer"/>'s is checked against; null: the machine's.</summary>
    public string? CertificateAuthorityFile { get; set; }
}

/// <summary>Names every option that is missing or out of its range.</summary>
[OptionsValidator]
internal sealed partial class KubernetesMembershipOptionsValidator : IValidateOptions<KubernetesMembershipOptions>;

/// <summary>Finds what does not fit together, or not this machine.</summary>
internal sealed class KubernetesServerValidator : IValidateOptions<KubernetesMembershipOptions>
{
    public ValidateOptionsResult Validate(string? name, KubernetesMembershipOptions options)
    {
        var failures = new List<string>();
        if (options.ApiServer is { } server)
        {
            if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
            {
                failures.Add($"ApiServer: expected http://… or https://…, got \"{server}\".");
            }
            if (string.IsNullOrEmpty(options.Namespace)) failures.Add("Namespace is needed where ApiServer is given.");
            if (options.TokenFile is { } token && !File.Exists(token)) failures.Add($"TokenFile: there is no file {token}.");
            if (options.CertificateAuthorityFile is { } authority && !File.Exists(authority))
            {
                failures.Add($"CertificateAuthorityFile: there is no file {authority}.");
            }
        }
        else
        {
            if (options.TokenFile is not null || options.CertificateAuthorityFile is not null)
            {
                failures.Add("TokenFile and CertificateAuthorityFile are ApiServer's, which is not given.");
            }
            if (!k8s.KubernetesClientConfiguration.IsInCluster())
            {
                failures.Add("This process is not in a pod with a service account's token (automountServiceAccountToken): "
                    + "give ApiServer and Namespace, or cluster in another way.");
            }
        }
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
