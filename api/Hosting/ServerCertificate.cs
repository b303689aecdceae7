using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;

namespace FleetMonitor.Api.Hosting;

/// <summary>The certificate of addresses that begin with https://: Kestrel's own section <c>Kestrel:Certificates:Default</c>.</summary>
internal static class ServerCertificate
{
    private const string Section = "Kestrel:Certificates:Default";

    /// <summary>Finds out whether Kestrel will have a certificate, before it says so in pages.</summary>
    /// <exception cref="StartException">There is none, or it cannot be used.</exception>
    public static void Require(IConfiguration configuration, string url)
    {
        var certificate = configuration.GetSection(Section);
        // One of the machine's store is for Kestrel to find.
        if (!string.IsNullOrEmpty(certificate["Subject"])) return;
        if (certificate["Path"] is not { Length: > 0 } path)
        {
            throw new StartException($"{url} needs a certificate: --{Section}:Path FILE names it, with --{Section}:KeyPath FILE for PEM, or --{Section}:Password for PKCS#12.");
        }
        var (key, password) = (certificate["KeyPath"], certificate["Password"]);
        foreach (var file in new[] { path, key })
        {
            if (!string.IsNullOrEmpty(file) && !File.Exists(file)) throw new StartException($"the certificate of {url} cannot be used: there is no file {file} ({Section}).");
        }
        try
        {
            using var loaded = Load(path, key, password);
            if (!loaded.HasPrivateKey) throw new StartException($"the certificate of {url}, {path}, has no private key: --{Section}:KeyPath FILE names it.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the certificate of {url}, {path}, cannot be used: {exception.Message} ({Section}).");
        }
    }

    /// <summary>As Kestrel does.</summary>
    private static X509Certificate2 Load(string path, string? key, string? password)
    {
        if (string.IsNullOrEmpty(key)) return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        return string.IsNullOrEmpty(password) ? X509Certificate2.CreateFromPemFile(path, key) : X509Certificate2.CreateFromEncryptedPemFile(path, password, key);
    }
}
