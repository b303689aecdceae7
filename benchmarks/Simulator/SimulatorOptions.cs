namespace FleetMonitor.Benchmarks.Simulator;

/// <summary>What is simulated, from the command line.</summary>
/// <param name="Server">A silo or a gateway.</param>
/// <param name="Models">Models of the fleet. 1 to 100,000.</param>
/// <param name="Events">Predictions in all, spread over the models by a power law.</param>
/// <param name="Hours">Hours of event time, up to now. 6 to 160.</param>
/// <param name="Features">Numeric features a model. 1 to 100.</param>
/// <param name="Connections">Requests under way at a time. 1 to 256.</param>
/// <param name="Seed">The same seed is the same fleet and traffic.</param>
/// <param name="Processes">Process ids whose CPU time is counted, with their children: silos, gateway, database.</param>
internal sealed record SimulatorOptions(Uri Server, int Models, int Events, int Hours, int Features, int Connections, int Seed, IReadOnlyList<int> Processes)
{
    public const string Usage = "benchmarks simulate URL [--models N] [--events N] [--hours N] [--features N] [--connections N] [--seed N] [--pids PID,PID…]";

    public static SimulatorOptions? Parse(string[] args)
    {
        if (args.Length == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var server)) return null;
        var usual = new SimulatorOptions(server, Models: 200, Events: 400_000, Hours: 48, Features: 8, Connections: 8, Seed: 1, Processes: []);
        return BenchArguments.Read(args.AsSpan(1), usual, (options, name, value) => (name, BenchArguments.Number(value)) switch
        {
            ("--pids", _) => options with { Processes = BenchArguments.Processes(value) },
            ("--models", int number and >= 1 and <= 100_000) => options with { Models = number },
            ("--events", int number and >= 1) => options with { Events = number },
            ("--hours", int number and >= 6 and <= 160) => options with { Hours = number },
            ("--features", int number and >= 1 and <= 100) => options with { Features = number },
            ("--connections", int number and >= 1 and <= 256) => options with { Connections = number },
            ("--seed", int number) => options with { Seed = number },
            _ => null,
        });
    }
}
