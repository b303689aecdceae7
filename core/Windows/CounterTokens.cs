using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>Counters as checkpoints hold them: a byte each where they are small.</summary>
/// <remarks>
/// A byte is a small counter (below 192), a run of zeros of 2 to 63 (192 to 253), the mark of a longer run that follows as LEB128 (254), or that of a larger counter (255).
/// Trailing zeros are not written.
/// </remarks>
internal static class CounterTokens
{
    private const byte FirstRun = 192, LongRun = 254, LargeCounter = 255;
    private const int LongestShortRun = LongRun - FirstRun + 1;

    /// <param name="counters">None is negative.</param>
    public static byte[] Of(ReadOnlySpan<long> counters)
    {
        counters = counters.TrimEnd(0L);
        var writer = new CodecWriter(counters.Length);
        for (var i = 0; i < counters.Length;)
        {
            Debug.Assert(counters[i] >= 0, "A counter counts up, or takes back what it counted.");
            // A negative one would be read as another number, or as no counters at all.
            var counter = Math.Max(0, counters[i]);
            var zeros = counters[i..].IndexOfAnyExcept(0L);
            if (zeros > 1)
            {
                WriteRun(writer, zeros);
                i += zeros;
                continue;
            }
            if (counter < FirstRun)
            {
                writer.Byte((byte)counter);
            }
            else
            {
                writer.Byte(LargeCounter);
                writer.Varint((ulong)counter);
            }
            i++;
        }
        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are cut short, or hold a counter beyond 63 bits or more than <paramref name="maxLength"/> counters.</exception>
    public static long[] Read(ReadOnlySpan<byte> tokens, int maxLength)
    {
        var length = Length(tokens);
        if (length > maxLength) throw new CodecException($"A block of {length} counters where at most {maxLength} were expected.");
        var counters = new long[length];
        var reader = new CodecReader(tokens);
        for (var i = 0; !reader.AtEnd;)
        {
            var token = reader.Byte();
            if (token < FirstRun) counters[i++] = token;
            else if (token < LongRun) i += token - FirstRun + 2;
            else if (token == LongRun) i += reader.SmallInt();
            else counters[i++] = (long)reader.Varint();
        }
        return counters;
    }

    private static void WriteRun(CodecWriter writer, int zeros)
    {
        if (zeros <= LongestShortRun)
        {
            writer.Byte((byte)(FirstRun + zeros - 2));
            return;
        }
        writer.Byte(LongRun);
        writer.Varint(zeros);
    }

    private static long Length(ReadOnlySpan<byte> tokens)
    {
        var reader = new CodecReader(tokens);
        long length = 0;
        while (!reader.AtEnd)
        {
            var token = reader.Byte();
            if (token < FirstRun) length++;
            else if (token < LongRun) length += token - FirstRun + 2;
            else if (token == LongRun) length += reader.SmallInt();
            else if (reader.Varint() <= long.MaxValue) length++;
            else throw new CodecException("A counter beyond 63 bits.");
        }
        return length;
    }
}
