namespace FleetMonitor.Api.Configuration;

/// <summary>A section of the configuration, and the options that it is bound to.</summary>
/// <param name="Name">Such as <c>FleetMonitor:Api</c>.</param>
/// <param name="Type">Its properties that can be set are the section's keys; one whose type is of ours is a section in it.</param>
public sealed record OptionsSection(string Name, Type Type);
