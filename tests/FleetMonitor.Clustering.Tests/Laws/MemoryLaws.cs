using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tests.Stores;

namespace FleetMonitor.Clustering.Tests.Laws;

public sealed class MemoryLaws : MembershipLaws
{
    private readonly MemoryDocument _document = new();

    private protected override Task PrepareAsync() => Task.CompletedTask;

    private protected override MembershipDocumentStore Open() => new MemoryDocumentStore(_document);
}
