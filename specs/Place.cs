namespace FleetMonitor.Specs;

/// <summary>A place in a file, both from 1.</summary>
internal readonly record struct Place(int Line, int Column);

/// <summary>A document as JSON, and where each of its members stands, by path as <see cref="Core.Specs.SpecError"/> writes it: "features[0].min".</summary>
internal sealed record PlacedJson(byte[] Json, IReadOnlyDictionary<string, Place> Places)
{
    /// <summary>The place of a member, or of the nearest one around it.</summary>
    public Place Of(string field)
    {
        while (true)
        {
            if (Places.TryGetValue(field, out var place)) return place;
            var end = field.LastIndexOfAny(['.', '[']);
            if (end < 0) return Places.GetValueOrDefault("", new Place(1, 1));
            field = field[..end];
        }
    }
}

/// <summary>A file that cannot be read as a whole.</summary>
internal sealed class SpecFileException(Place place, string message) : Exception(message)
{
    public Place Place { get; } = place;
}
