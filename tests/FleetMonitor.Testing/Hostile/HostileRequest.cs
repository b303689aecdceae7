namespace FleetMonitor.Testing.Hostile;

/// <summary>One request that nobody should have sent.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Bytes">As they go over the wire.</param>
/// <param name="Good">Predictions in it that must be kept, whatever their neighbours are.</param>
/// <param name="IsCutOff">Whether its sender hangs up behind it.</param>
public sealed record HostileRequest(string Kind, ReadOnlyMemory<byte> Bytes, int Good = 0, bool IsCutOff = false);
