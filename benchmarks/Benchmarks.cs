namespace FleetMonitor.Benchmarks;

/// <summary>What README claims of speed and of error rates, measured: <c>./fleet bench core</c>, <c>log</c>, <c>postgres</c>, <c>ingest</c>, <c>grpc</c>,
/// <c>simulate</c>, <c>cluster</c>, <c>fleet</c>, <c>hostile</c>, <c>inference</c>, <c>scrape</c>, <c>evidence</c>.</summary>
public static class Benchmarks
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [] or ["core"]:
                CoreBenchmarks.Record();
                CoreBenchmarks.Score();
                CoreBenchmarks.Streams();
                EstimationBenchmarks.Run();
                return 0;
            case ["core", "record"]:
                CoreBenchmarks.Record();
                return 0;
            case ["core", "score"]:
                CoreBenchmarks.Score();
                return 0;
            case ["core", "streams"]:
                CoreBenchmarks.Streams();
                return 0;
            case ["core", "calibration"]:
                EstimationBenchmarks.Run();
                return 0;
            case ["log"]:
                await LogBenchmarks.RunAsync();
                return 0;
            case ["postgres", ..]:
                return await StoreBenchmarks.RunAsync(args[1..]);
            case ["ingest", ..]:
                return await IngestBenchmarks.RunAsync(args[1..]);
            case ["grpc", ..]:
                return await GrpcBenchmarks.RunAsync(args[1..]);
            case ["simulate", ..]:
                return await Simulator.FleetSimulator.RunAsync(args[1..]);
            case ["cluster", ..]:
                return await ClusterBenchmarks.RunAsync(args[1..]);
            case ["fleet", ..]:
                return await FleetBenchmarks.RunAsync(args[1..]);
            case ["hostile", ..]:
                return await HostileLoad.RunAsync(args[1..]);
            case ["inference"]:
                return await InferenceBenchmarks.RunAsync();
            case ["scrape", ..]:
                return await ScrapeBenchmarks.RunAsync(args[1..]);
            case ["evidence", ..]:
                return await EvidenceBenchmarks.RunAsync(args[1..]);
            default:
                await Console.Error.WriteLineAsync("benchmarks: core [record|score|streams|calibration], log, "
                    + "postgres [CONNECTION], ingest URL, grpc URL, simulate URL, cluster, fleet, hostile URL, inference, scrape, or evidence");
                return 2;
        }
    }
}
