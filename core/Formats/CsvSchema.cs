using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Formats;

/// <summary>A mapping applied to a header: the place of every column. -1: there is none.</summary>
internal sealed class CsvSchema
{
    private const int NamesShown = 50;

    private readonly IReadOnlyList<string> _header;
    private readonly Role[] _roles;
    private readonly List<string> _mistakes = [];

    private CsvSchema(IReadOnlyList<string> header)
    {
        _header = header;
        _roles = new Role[header.Count];
    }

    private enum Role
    {
        Feature,
        Taken,
        Ignored,
    }

    public int Prediction { get; private set; } = -1;

    public int Score { get; private set; } = -1;

    public int Label { get; private set; } = -1;

    public int Id { get; private set; } = -1;

    public int Time { get; private set; } = -1;

    public IReadOnlyList<(int Column, string Class)> Probabilities { get; private set; } = [];

    /// <summary>In the header's order; the kind is null until values decide it.</summary>
    public IReadOnlyList<(int Column, string Name, FeatureKind? Kind)> Features { get; private set; } = [];

    /// <summary>Throws <see cref="DocumentException"/> with every name that the header does not have, <see cref="LimitException"/> with too many features or classes.</summary>
    public static CsvSchema Resolve(IReadOnlyList<string> header, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits)
    {
        var schema = new CsvSchema(header);
        foreach (var name in mapping.Ignore) schema.Take(name, Role.Ignored);
        schema.Prediction = schema.Take(mapping.Prediction);
        int Optional(string? named, string conventional) =>
            named is not null ? schema.Take(named) : mapping.Conventional ? schema.TakeIfThere(conventional) : -1;
        schema.Score = Optional(mapping.Score, "score");
        schema.Label = Optional(mapping.Label, "label");
        schema.Id = Optional(mapping.Id, "id");
        schema.Time = Optional(mapping.Time, "time");
        schema.Probabilities = mapping.Probabilities is { } given
            ? [.. given.Select(pair => (schema.Take(pair.Value), pair.Key))]
            : mapping.Conventional ? schema.TakeProbabilities() : [];
        foreach (var name in mapping.Categorical) schema.Find(name);
        foreach (var name in mapping.Features ?? []) schema.Keep(name);
        schema.ThrowIfWrong();
        schema.Features = schema.Rest(mapping, spec);
        if (schema.Probabilities.Count > limits.MaxClasses) throw new LimitException("classes", limits.MaxClasses);
        if (schema.Features.Count > limits.MaxFeatures) throw new LimitException("features", limits.MaxFeatures);
        foreach (var (_, name, _) in schema.Features) RequireName(name, limits);
        foreach (var (_, name) in schema.Probabilities) RequireName(name, limits);
        return schema;
    }

    private List<(int, string, FeatureKind?)> Rest(CsvMapping mapping, ModelSpec? spec)
    {
        var kinds = new Dictionary<string, FeatureKind?>(StringComparer.Ordinal);
        foreach (var feature in spec?.Features ?? []) kinds[feature.Name] = feature.Kind;
        foreach (var name in mapping.Categorical) kinds[name] = FeatureKind.Categorical;
        var named = mapping.Features?.ToHashSet(StringComparer.Ordinal);
        var features = new List<(int, string, FeatureKind?)>();
        for (var column = 0; column < _header.Count; column++)
        {
            if (_roles[column] != Role.Feature || _header[column].Length == 0 || named?.Contains(_header[column]) == false) continue;
            features.Add((column, _header[column], kinds.GetValueOrDefault(_header[column])));
        }
        return features;
    }

    private static void RequireName(string name, DecodeLimits limits)
    {
        if (name.Length >= 1 && name.Length <= limits.MaxName) return;
        throw new DocumentException($"the header has a name of {name.Length} characters; expected 1 to {limits.MaxName}") { Line = 1 };
    }

    private int Take(string name, Role role = Role.Taken)
    {
        var column = Find(name);
        if (column < 0) return -1;
        if (_roles[column] == Role.Taken) _mistakes.Add($"column \"{name}\" is named twice");
        else if (_roles[column] == Role.Ignored && role == Role.Taken) _mistakes.Add($"column \"{name}\" is needed and ignored");
        _roles[column] = role;
        return column;
    }

    /// <summary>A feature: a column that nothing else is.</summary>
    private void Keep(string name)
    {
        var column = Find(name);
        if (column < 0 || _roles[column] == Role.Feature) return;
        _mistakes.Add(_roles[column] == Role.Taken ? $"column \"{name}\" is named twice" : $"column \"{name}\" is needed and ignored");
    }

    private int TakeIfThere(string name)
    {
        var column = IndexOf(name);
        if (column < 0 || _roles[column] != Role.Feature) return -1;
        _roles[column] = Role.Taken;
        return column;
    }

    private List<(int, string)> TakeProbabilities()
    {
        var found = new List<(int, string)>();
        for (var column = 0; column < _header.Count; column++)
        {
            if (_roles[column] != Role.Feature || !_header[column].StartsWith(CsvMapping.ProbabilityPrefix, StringComparison.Ordinal)) continue;
            _roles[column] = Role.Taken;
            found.Add((column, _header[column][CsvMapping.ProbabilityPrefix.Length..]));
        }
        return found;
    }

    private int Find(string name)
    {
        var column = IndexOf(name);
        if (column >= 0) return column;
        var nearest = Spelling.Nearest(name, _header);
        _mistakes.Add(nearest is null ? $"no column \"{name}\"" : $"no column \"{name}\" (did you mean \"{nearest}\"?)");
        return -1;
    }

    private int IndexOf(string name)
    {
        for (var column = 0; column < _header.Count; column++)
        {
            if (string.Equals(_header[column], name, StringComparison.Ordinal)) return column;
        }
        return -1;
    }

    private void ThrowIfWrong()
    {
        if (_mistakes.Count == 0) return;
        var names = string.Join(", ", _header.Take(NamesShown));
        if (_header.Count > NamesShown) names += $" and {_header.Count - NamesShown} more";
        var hint = _header.Count == 1 && _header[0].AsSpan().IndexOfAny(';', '\t', '|') >= 0 ? "; expected commas between them" : "";
        throw new DocumentException($"{string.Join(", ", _mistakes)}; the columns are: {names}{hint}") { Line = 1 };
    }
}
