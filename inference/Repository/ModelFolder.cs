using System.Globalization;

namespace FleetMonitor.Inference.Repository;

/// <summary>A model's folder as it lies on the disk: <c>MODEL/VERSION/model.onnx</c>, settings beside the versions.</summary>
/// <param name="Name">A letter or a digit, then up to 127 of those and <c>. _ -</c>.</param>
/// <param name="Stamp">Changes whenever a file beside the versions does.</param>
/// <param name="Versions">Their numbers and stamps, newest first.</param>
internal sealed record ModelFolder(string Name, string Path, string Stamp, IReadOnlyList<(long Version, string Stamp)> Versions)
{
    public const string ModelFile = "model.onnx";

    /// <summary>Of a name, in words.</summary>
    public const string Expected = "a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit";

    private const int MaxNameLength = 128;

    /// <summary>The models of a repository, by name. Other files and folders are passed over.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IEnumerable<ModelFolder> All(string repository) =>
        Directory.EnumerateDirectories(repository).Where(path => IsName(System.IO.Path.GetFileName(path))).Order(StringComparer.Ordinal).Select(Read);

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    public string FileOf(long version) => System.IO.Path.Combine(Path, version.ToString(CultureInfo.InvariantCulture), ModelFile);

    public static ModelFolder Read(string path)
    {
        var versions = new List<(long, string)>();
        foreach (var folder in Directory.EnumerateDirectories(path))
        {
            var name = System.IO.Path.GetFileName(folder);
            if (name[0] != '0' && long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) versions.Add((version, StampOf(folder)));
        }
        return new ModelFolder(System.IO.Path.GetFileName(path), path, StampOf(path), [.. versions.OrderByDescending(v => v.Item1)]);
    }

    private static string StampOf(string folder) => string.Join(
        '|',
        new DirectoryInfo(folder).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}:{f.Length}:{f.LastWriteTimeUtc.Ticks}")));
}
