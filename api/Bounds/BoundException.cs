namespace FleetMonitor.Api.Bounds;

/// <summary>There is no room for the request at the moment: 429, to be tried again.</summary>
internal sealed class BoundException(string bound, string message) : Exception(message)
{
    public string Bound => bound;
}
