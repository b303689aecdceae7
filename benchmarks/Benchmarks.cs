namespace FleetMonitor.Benchmarks;

/// <summary>What README claims of speed, measured: <c>./fleet bench core</c> and <c>./fleet bench log</c>.</summary>
public static class Benchmarks
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [] or ["core"]:
                CoreBenchmarks.Run();
                return 0;
            case ["log"]:
                await LogBenchmarks.RunAsync();
                return 0;
            case ["ingest", ..]:
                return await IngestBenchmarks.RunAsync(args[1..]);
            default:
                await Console.Error.WriteLineAsync("benchmarks: core, log, or ingest URL");
                return 2;
        }
    }
}
