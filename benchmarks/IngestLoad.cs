using System.Globalization;

namespace FleetMonitor.Benchmarks;

/// <summary>What <see cref="IngestBenchmarks"/> sends, from the command line.</summary>
/// <param name="Server">A silo or a gateway.</param>
/// <param name="Rows">Events a batch. 1 to 10,000.</param>
/// <param name="Models">Models that the batches go to in turn. 1 to 10,000.</param>
/// <param name="Connections">Requests under way at a time. 1 to 256.</param>
/// <param name="Processes">Process ids whose CPU time is counted, with their children: silos, gateway, database.</param>
internal sealed record IngestLoad(Uri Server, int Rows, int Models, int Connections, IReadOnlyList<int> Processes)
{
    public const string Usage = "benchmarks ingest URL [--rows N] [--models N] [--connections N] [--pids PID,PID…]: URL of a silo or gateway that runs (./fleet up --empty)";

    public static IngestLoad? Parse(string[] args)
    {
        if (args.Length % 2 == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var server)) return null;
        var load = new IngestLoad(server, Rows: 1_000, Models: 10, Connections: 4, Processes: []);
        for (var i = 1; i < args.Length; i += 2)
        {
            if (args[i] == "--pids")
            {
                load = load with { Processes = [.. args[i + 1].Split(',').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))] };
                continue;
            }
            if (!int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number)) return null;
            IngestLoad? changed = args[i] switch
            {
                "--rows" when number is >= 1 and <= 10_000 => load with { Rows = number },
                "--models" when number is >= 1 and <= 10_000 => load with { Models = number },
                "--connections" when number is >= 1 and <= 256 => load with { Connections = number },
                _ => null,
            };
            if (changed is null) return null;
            load = changed;
        }
        return load;
    }
}
