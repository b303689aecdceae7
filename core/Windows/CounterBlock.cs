using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of counters: dense while events arrive, packed (<see cref="PackedCounters"/>) once its pane is closed.</summary>
/// <remarks>Counters never are negative. <see cref="Open"/> unpacks, adding up reads both forms. O(counters).</remarks>
internal sealed class CounterBlock
{
    private long[]? _dense;
    private byte[]? _packed;

    public bool IsOpen => _dense is not null;

    public bool IsEmpty => _dense is null && _packed is null;

    public int Bytes => (_dense?.Length * sizeof(long) ?? 0) + (_packed?.Length ?? 0);

    /// <summary>The first counter, 0 in an empty block. O(1).</summary>
    public long First => _dense is [var first, ..] ? first : _packed is null ? 0 : PackedCounters.First(_packed);

    /// <summary>The number of counters held, trailing zeros of a packed block not counted.</summary>
    public int Length => _dense?.Length ?? (_packed is null ? 0 : PackedCounters.Length(_packed));

    /// <summary>The counters, dense and at least <paramref name="length"/> long, to be counted into.</summary>
    public Span<long> Open(int length)
    {
        if (_dense is null)
        {
            _dense = new long[Math.Max(length, Length)];
            AddTo(_dense);
            _packed = null;
        }
        else if (_dense.Length < length)
        {
            Array.Resize(ref _dense, length);
        }
        return _dense;
    }

    public void Pack()
    {
        if (_dense is null) return;
        _packed = PackedCounters.Of(_dense);
        _dense = null;
    }

    public void Clear() => (_dense, _packed) = (null, null);

    /// <summary>Adds every counter to <paramref name="totals"/>, which is at least as long.</summary>
    public void AddTo(Span<long> totals)
    {
        if (_packed is not null) PackedCounters.AddTo(_packed, totals);
        else AddDense(totals);
    }

    /// <summary>Adds every counter, small ones of a packed block to <paramref name="small"/>: see <see cref="SmallCounters"/>.</summary>
    public void AddTo(Span<long> totals, Span<ushort> small)
    {
        if (_packed is not null) PackedCounters.AddTo(_packed, totals, small);
        else AddDense(totals);
    }

    private void AddDense(Span<long> totals)
    {
        ReadOnlySpan<long> dense = _dense;
        totals = totals[..dense.Length];
        var sums = MemoryMarshal.Cast<long, Vector256<long>>(totals);
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(dense);
        for (var i = 0; i < sums.Length; i++) sums[i] += vectors[i];
        for (var i = sums.Length * Vector256<long>.Count; i < totals.Length; i++) totals[i] += dense[i];
    }

    public void Write(CodecWriter writer)
    {
        if (_packed is null)
        {
            writer.Bytes(CounterTokens.Of(_dense));
            return;
        }
        var counters = new long[Length];
        AddTo(counters);
        writer.Bytes(CounterTokens.Of(counters));
    }

    public static CounterBlock Read(ref CodecReader reader, int maxLength)
    {
        var tokens = reader.Bytes();
        return tokens.IsEmpty ? new CounterBlock() : new CounterBlock { _packed = PackedCounters.Of(CounterTokens.Read(tokens, maxLength)) };
    }
}
