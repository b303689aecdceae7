using FleetMonitor.Client;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;
internal sealed class ServerReplay(ReplayPlan plan, Thresholds thresholds, ReplayOptions options, FleetMonitorClient client, Terminal terminal)
{
    public Task<IReadOnlyList<ChunkReport>> PlayAsync(PredictionBatch? reference, IEnumerable<Chunk> chunks, long rowsBefore, CancellationToken cancellation) => throw new NotSupportedException($"{plan}{thresholds}{options}{client}{terminal}");
}
