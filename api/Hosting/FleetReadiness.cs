namespace FleetMonitor.Api.Hosting;

/// <summary>Whether to send traffic to this process.</summary>
public abstract class FleetReadiness
{
    /// <summary>Why not, for a person; null when all is well. Answers at once, from what is known.</summary>
    public abstract string? Obstacle { get; }
}
