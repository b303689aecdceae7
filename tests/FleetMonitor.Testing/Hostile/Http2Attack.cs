namespace FleetMonitor.Testing.Hostile;

/// <summary>Frames of HTTP/2 over a connection of their own, as no client should send them.</summary>
/// <param name="Kind">What is wrong with them.</param>
/// <param name="Frames">Behind the preface and an empty SETTINGS.</param>
/// <param name="Reads">Whether the client reads what the server has to say.</param>
internal sealed record Http2Attack(string Kind, ReadOnlyMemory<byte> Frames, bool Reads = true);
