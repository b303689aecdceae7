namespace FleetMonitor.Specs;

/// <summary>All spec files of a folder and its subfolders: what a fleet that lives in git says of its models.</summary>
/// <param name="Files">How many there are.</param>
/// <param name="Documents">By model's name.</param>
/// <param name="Mistakes">By file and place. Files that have one are left out, the others stand.</param>
public sealed record SpecFolder(int Files, IReadOnlyList<SpecDocument> Documents, IReadOnlyList<SpecMistake> Mistakes)
{
    /// <summary>A larger file is no spec. 4 MiB.</summary>
    public const int MaxFileBytes = 4 << 20;

    /// <summary>Files that could not be read, for their rights or an error of the disk: what is in them is not known. A part of those with a mistake.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Files that have a mistake.</summary>
    public int InvalidFiles => Mistakes.Select(mistake => mistake.File).Distinct(StringComparer.Ordinal).Count();

    /// <summary>
    /// Reads <c>*.json</c>, <c>*.yaml</c> and <c>*.yml</c>. Names that begin with a dot are passed over: editors and Kubernetes (a mounted ConfigMap)
    /// keep things there.
    /// </summary>
    /// <exception cref="IOException">There is no such folder, or it cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static SpecFolder Read(string folder)
    {
        var files = Find(folder);
        var documents = new List<SpecDocument>();
        var mistakes = new List<SpecMistake>();
        var unread = new List<string>();
        foreach (var path in files)
        {
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            var (file, isRead) = ReadFile(path, name);
            if (!isRead) unread.Add(name);
            documents.AddRange(file.Documents);
            mistakes.AddRange(file.Mistakes);
        }
        foreach (var several in documents.GroupBy(document => document.Model, StringComparer.Ordinal).Where(group => group.Count() > 1).ToList())
        {
            var first = several.First();
            foreach (var document in several)
            {
                var other = document == first ? several.Last() : first;
                mistakes.Add(new SpecMistake(document.File, document.Line, 1, "", $"model \"{document.Model}\" is also in {other.File}, line {FormattableString.Invariant($"{other.Line}")}"));
            }
        }
        var invalid = mistakes.Select(mistake => mistake.File).ToHashSet(StringComparer.Ordinal);
        return new SpecFolder(
            files.Count,
            [.. documents.Where(document => !invalid.Contains(document.File)).OrderBy(document => document.Model, StringComparer.Ordinal)],
            [.. mistakes.OrderBy(mistake => mistake.File, StringComparer.Ordinal).ThenBy(mistake => mistake.Line).ThenBy(mistake => mistake.Column)]) { Unread = unread };
    }

    /// <summary>Whether one of <see cref="Unread"/> can be read by now. Nothing else may tell: rights that are mended change neither a file's length nor its time.</summary>
    public bool CanReadMore(string folder) => Unread.Any(name => ReadFile(Path.Combine(folder, name), name).IsRead);

    /// <summary>The spec files, in order of path.</summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        var found = new List<string>();
        Find(folder, found);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static void Find(string folder, List<string> found)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            if (Path.GetFileName(path).StartsWith('.')) continue;
            if (new DirectoryInfo(path) is { Exists: true } inner)
            {
                // A link may lead back here.
                if (inner.LinkTarget is null) Find(path, found);
            }
            else if (SpecFile.IsOne(path)) found.Add(path);
        }
    }

    private static (SpecFile File, bool IsRead) ReadFile(string path, string name)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxFileBytes) return (new SpecFile([], [new SpecMistake(name, 0, 0, "", FormattableString.Invariant($"expected at most {MaxFileBytes} bytes, got {stream.Length}"))]), true);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return (SpecFile.Read(name, bytes), true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (new SpecFile([], [new SpecMistake(name, 0, 0, "", exception.Message)]), false);
        }
    }
}
