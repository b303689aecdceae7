using System.Globalization;
using System.Security.Cryptography;

namespace FleetMonitor.Api.Ingest;

/// <summary>Identities for the batches of clients that send none, so that this gateway can repeat a call and the model still counts it once.</summary>
/// <remarks>
/// A model remembers the last 64 sequences of a producer and refuses older ones. A slow call must therefore never be overtaken by 64 others, whatever their models: a lane (one producer)
/// keeps a bitmap of the 64 sequences up to its newest that are still under way, the mirror of the model's, and gives out no other while the oldest of them is. Then the next lane is used, or
/// a new one made: as many as the slowest calls need, usually one.
/// The name is random for each process, since sequences start again with it. O(lanes) a batch. Thread-safe.
/// </remarks>
internal sealed class ProducerLanes
{
    private const int Width = 64;

    private readonly Lock _gate = new();
    private readonly List<Lane> _lanes = [];
    private readonly string _process = $"gateway-{RandomNumberGenerator.GetHexString(24, lowercase: true)}";

    public int Count
    {
        get
        {
            lock (_gate) return _lanes.Count;
        }
    }

    public Ticket Take()
    {
        lock (_gate)
        {
            var lane = _lanes.Find(l => l.HasRoom);
            if (lane is null) _lanes.Add(lane = new Lane(string.Create(CultureInfo.InvariantCulture, $"{_process}-{_lanes.Count}")));
            return new Ticket(this, lane, lane.Take());
        }
    }

    private void Return(in Ticket ticket)
    {
        lock (_gate) ticket.Lane.Return(ticket.Identity.Sequence);
    }

    /// <summary>An identity for as long as its call is under way.</summary>
    public readonly struct Ticket : IDisposable
    {
        private readonly ProducerLanes _lanes;

        internal Ticket(ProducerLanes lanes, Lane lane, ulong sequence)
        {
            _lanes = lanes;
            Lane = lane;
            Identity = new BatchIdentity(lane.Producer, sequence);
        }

        public BatchIdentity Identity { get; }

        internal Lane Lane { get; }

        public void Dispose() => _lanes.Return(this);
    }

    internal sealed class Lane(string producer)
    {
        private ulong _newest;
        private ulong _underWay;

        public string Producer { get; } = producer;

        /// <summary>Bit n stands for the sequence n behind the newest.</summary>
        public bool HasRoom => _underWay >> (Width - 1) == 0;

        public ulong Take()
        {
            _underWay = (_underWay << 1) | 1;
            return ++_newest;
        }

        public void Return(ulong sequence) => _underWay &= ~(1UL << (int)(_newest - sequence));
    }
}
