namespace FleetMonitor.Client;

/// <summary>Where a client's token comes from when nobody gives one: <c>FLEETMONITOR_TOKEN</c>, or the file that <c>FLEETMONITOR_TOKEN_FILE</c>
/// names.</summary>
public static class AccessToken
{
    public const string Variable = "FLEETMONITOR_TOKEN";

    public const string FileVariable = "FLEETMONITOR_TOKEN_FILE";

    /// <summary>Gives the token of now; null when there is none. The file is read each time, since whoever mounts it may replace it.</summary>
    public static Func<string?> Of(string? given)
    {
        if (!string.IsNullOrEmpty(given)) return () => given;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } token) return () => token;
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file) return () => File.ReadAllText(file).Trim();
        return () => null;
    }
}
