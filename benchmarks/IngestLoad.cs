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
        if (args.Length == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var server)) return null;
        return BenchArguments.Read(args.AsSpan(1), new IngestLoad(server, Rows: 1_000, Models: 10, Connections: 4, Processes: []), (load, name, value) => (name, BenchArguments.Number(value)) switch
        {
            ("--pids", _) => load with { Processes = BenchArguments.Processes(value) },
            ("--rows", int number and >= 1 and <= 10_000) => load with { Rows = number },
            ("--models", int number and >= 1 and <= 10_000) => load with { Models = number },
            ("--connections", int number and >= 1 and <= 256) => load with { Connections = number },
            _ => null,
        });
    }
}
