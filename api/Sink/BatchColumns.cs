namespace FleetMonitor.Api.Sink;

/// <summary>How many columns the inferences of a batch may name together, before they are rows: at least as many as they will.</summary>
/// <remarks>A spec renames columns by their place, so as many as the widest payload has may be there whatever they are called. O(columns) an inference.</remarks>
internal sealed class BatchColumns(int most)
{
    private readonly HashSet<(string Name, int Place)> _named = [];
    private int _widest;

    /// <summary>Counted no further than that it is more than <c>most</c>.</summary>
    public int Count => Math.Max(_named.Count, _widest);

    public void Add(Inference inference)
    {
        var places = 0;
        foreach (var tensor in inference.Request.Payload.Tensors.Concat(inference.Response.Payload.Tensors))
        {
            places += tensor.Width;
            for (var place = 0; place < tensor.Width && Count <= most; place++) _named.Add(tensor.Columns is { } names ? (names[place], -1) : (tensor.Name, place));
        }
        foreach (var (name, _) in inference.Response.Event.Tags) _named.Add((name, -2));
        _widest = Math.Max(_widest, places + inference.Response.Event.Tags.Count);
    }

    public void Clear()
    {
        _named.Clear();
        _widest = 0;
    }
}
