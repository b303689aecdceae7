using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A run of counters: dense while events arrive, packed (<see cref="PackedCounters"/>) once its pane is closed.</summary>
/// <remarks>Counters never are negative. <see cref="Open"/> unpacks, adding up reads both forms. O(counters). A pane has six of them and a model a hundred panes, so it is no object of its own but a reference in its owner: it is changed in place, and a copy is for reading only.</remarks>
internal struct CounterBlock
{
    // long[] while it is dense, byte[] when packed, null when empty.
    private Array? _counters;

    public readonly bool IsOpen => Dense is not null;

    public readonly bool IsEmpty => _counters is null;

    public readonly int Bytes => Buffer.ByteLength(_counters ?? Array.Empty<byte>());

    /// <summary>The first counter, 0 in an empty block. O(1).</summary>
    public readonly long First => Dense is [var first, ..] ? first : Packed is { } packed ? PackedCounters.First(packed) : 0;

    /// <summary>The number of counters held, trailing zeros of a packed block not counted.</summary>
    public readonly int Length => Dense?.Length ?? (Packed is { } packed ? PackedCounters.Length(packed) : 0);

    // The exact type is compared: a cast would also look for ulong[] and sbyte[], by a call.
    private readonly long[]? Dense => _counters?.GetType() == typeof(long[]) ? Unsafe.As<long[]>(_counters) : null;

    private readonly byte[]? Packed => _counters?.GetType() == typeof(byte[]) ? Unsafe.As<byte[]>(_counters) : null;

    /// <summary>The counters, dense and at least <paramref name="length"/> long, to be counted into.</summary>
    public Span<long> Open(int length)
    {
        var dense = Dense;
        if (dense is not null && dense.Length >= length) return dense;
        var opened = new long[Math.Max(length, Length)];
        AddTo(opened);
        _counters = opened;
        return opened;
    }

    public void Pack()
    {
        if (Dense is { } dense) _counters = PackedCounters.Of(dense);
    }

    public void Clear() => _counters = null;

    /// <summary>Adds every counter to <paramref name="totals"/>, which is at least as long.</summary>
    public readonly void AddTo(Span<long> totals)
    {
        if (Packed is { } packed) PackedCounters.AddTo(packed, totals);
        else AddDense(totals);
    }

    /// <summary>Adds every counter, small ones of a packed block to <paramref name="small"/>: see <see cref="SmallCounters"/>.</summary>
    public readonly void AddTo(Span<long> totals, Span<ushort> small)
    {
        if (Packed is { } packed) PackedCounters.AddTo(packed, totals, small);
        else AddDense(totals);
    }

    private readonly void AddDense(Span<long> totals)
    {
        ReadOnlySpan<long> dense = Dense;
        totals = totals[..dense.Length];
        var sums = MemoryMarshal.Cast<long, Vector256<long>>(totals);
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(dense);
        for (var i = 0; i < sums.Length; i++) sums[i] += vectors[i];
        for (var i = sums.Length * Vector256<long>.Count; i < totals.Length; i++) totals[i] += dense[i];
    }

    public readonly void Write(CodecWriter writer)
    {
        if (Packed is null)
        {
            writer.Bytes(CounterTokens.Of(Dense));
            return;
        }
        var counters = new long[Length];
        AddTo(counters);
        writer.Bytes(CounterTokens.Of(counters));
    }

    public static CounterBlock Read(ref CodecReader reader, int maxLength)
    {
        var tokens = reader.Bytes();
        return tokens.IsEmpty ? new CounterBlock() : new CounterBlock { _counters = PackedCounters.Of(CounterTokens.Read(tokens, maxLength)) };
    }
}
