using System.Diagnostics.Tracing;
using FleetMonitor.Testing;
using Microsoft.Diagnostics.NETCore.Client;

namespace FleetMonitor.Benchmarks;

/// <summary>What of a silo's heap is alive, garbage left out.</summary>
internal static class LiveHeap
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime", Collections = "dotnet_gc_collections_total{gc_heap_generation=\"gen2\"}";

    // GCHeapCollect: a session that asks for it makes the runtime collect everything once.
    private const long CollectOnStart = 0x80_0000;

    /// <summary>Bytes that survive a collection of the whole heap, made now.</summary>
    public static async Task<double> BytesAsync(SiloProcess silo)
    {
        var before = Sum(await silo.Http.GetMetricsAsync(), Collections);
        using var session = new DiagnosticsClient(silo.Id).StartEventPipeSession([new EventPipeProvider(Runtime, EventLevel.Informational, CollectOnStart)], requestRundown: false);
        var drained = session.EventStream.CopyToAsync(Stream.Null);
        await Wait.UntilAsync(async () => Sum(await silo.Http.GetMetricsAsync(), Collections) > before, TimeSpan.FromMinutes(1), () => "a collection of the whole heap");
        await session.StopAsync(CancellationToken.None);
        await drained;
        var page = await silo.Http.GetMetricsAsync();
        return Sum(page, "dotnet_gc_last_collection_heap_size_bytes{") - Sum(page, "dotnet_gc_last_collection_heap_fragmentation_size_bytes{");
    }

    private static double Sum(MetricsPage page, string prefix) => page.Samples.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Sum(MetricsPage.ValueOf);
}
