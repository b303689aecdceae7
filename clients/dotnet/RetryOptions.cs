namespace FleetMonitor.Client;

/// <summary>How often a request is repeated when the server is busy (429, 503), the body came too slowly (408), a gateway failed (502, 504) or the connection broke.</summary>
public sealed record RetryOptions
{
    /// <summary>Attempts in all. Default 8: about half a minute.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>Wait before the second attempt; it doubles with each. Default 0.2 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The share of a wait that is left to chance, so that many clients do not come back together. 0 to 1, default 0.</summary>
    public double Jitter { get; init; }

    /// <summary>The longest wait, also where the server asks for a longer one by Retry-After. Default 60 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(60);
}
