namespace FleetMonitor.Core.Tests.Version1;

/// <summary>Format 1, of the first release.</summary>
public sealed class Version1Tests() : EarlierFormat("Version1", new(2026, 3, 2, 10, 16, 40, TimeSpan.Zero), lastRows: 100);
