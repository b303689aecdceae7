using System.Globalization;

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
        if (args.Length % 2 == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var server)) return null;
        var options = new SimulatorOptions(server, Models: 200, Events: 400_000, Hours: 48, Features: 8, Connections: 8, Seed: 1, Processes: []);
        for (var i = 1; i < args.Length; i += 2)
        {
            if (args[i] == "--pids")
            {
                options = options with { Processes = [.. args[i + 1].Split(',').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))] };
                continue;
            }
            if (!int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number)) return null;
            SimulatorOptions? changed = args[i] switch
            {
                "--models" when number is >= 1 and <= 100_000 => options with { Models = number },
                "--events" when number >= 1 => options with { Events = number },
                "--hours" when number is >= 6 and <= 160 => options with { Hours = number },
                "--features" when number is >= 1 and <= 100 => options with { Features = number },
                "--connections" when number is >= 1 and <= 256 => options with { Connections = number },
                "--seed" => options with { Seed = number },
                _ => null,
            };
            if (changed is null) return null;
            options = changed;
        }
        return options;
    }
}
