using System.Globalization;
using FleetMonitor.Testing.Hostile;

namespace FleetMonitor.Benchmarks;

/// <summary><c>bench hostile URL</c>: what a running server makes of requests that nobody should have sent. Beside them a polite client is served all the
/// while.</summary>
internal static class HostileLoad
{
    private const string Usage = "benchmarks hostile URL [--grpc URL] [--requests N] [--workers N] [--seed N] [--pid PID]";

    /// <returns>0, 1 where the server did what it must not, or 2.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var (grpc, requests, workers, seed, pid) = ((Uri?)null, 100_000, 8, 1, (int?)null);
        var readable = args.Length % 2 == 1 && Uri.TryCreate(args[0], UriKind.Absolute, out _);
        for (var i = 1; readable && i < args.Length; i += 2)
        {
            if (args[i] == "--grpc")
            {
                readable = Uri.TryCreate(args[i + 1], UriKind.Absolute, out grpc);
                continue;
            }
            readable = int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number) && number > 0;
            switch (args[i])
            {
                case "--requests": requests = number; break;
                case "--workers": workers = number; break;
                case "--seed": seed = number; break;
                case "--pid": pid = number; break;
                default: readable = false; break;
            }
        }
        if (!readable)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        var report = await new HostileRun(new Uri(args[0]), grpc, requests, workers, seed, pid).RunAsync();
        Console.WriteLine(report);
        return report.Faults.Count == 0 ? 0 : 1;
    }
}
