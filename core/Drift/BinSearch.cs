using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FleetMonitor.Core.References;

namespace FleetMonitor.Core.Drift;

/// <summary>Finds the bins of many values among at most 64: a bin is the number of edges below the value.</summary>
/// <remarks>
/// Edges are ascending and padded to <see cref="NumericReference.MaxEdges"/> with +∞. Six compare-and-add steps a value, without a branch that data could mispredict; with AVX2 four values at a time,
/// their edges gathered. NaN compares below every edge and comes out as bin 0; callers set it apart before. <see cref="Scalar"/> is the oracle.
/// </remarks>
internal static class BinSearch
{
    public static void Find(ReadOnlySpan<double> values, double[] edges, Span<byte> bins)
    {
        Debug.Assert(edges.Length == NumericReference.MaxEdges && bins.Length >= values.Length, "63 edges make 64 bins, one a value.");
        var done = Avx2.IsSupported ? Gather(values, edges, bins) : 0;
        for (; done < values.Length; done++) bins[done] = (byte)Scalar(edges, values[done]);
    }

    public static int Scalar(double[] edges, double value)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(edges);
        var bin = first.At(31) < value ? 32 : 0;
        bin += first.At(bin + 15) < value ? 16 : 0;
        bin += first.At(bin + 7) < value ? 8 : 0;
        bin += first.At(bin + 3) < value ? 4 : 0;
        bin += first.At(bin + 1) < value ? 2 : 0;
        bin += first.At(bin) < value ? 1 : 0;
        return bin;
    }

    private static unsafe int Gather(ReadOnlySpan<double> values, double[] edges, Span<byte> bins)
    {
        var i = 0;
        fixed (double* edge = edges)
        fixed (double* value = values)
        {
            for (; i <= values.Length - 8; i += 8)
            {
                // Two chains at a time: a gather's latency is hidden behind the other's.
                var a = Vector256.Load(value + i);
                var b = Vector256.Load(value + i + 4);
                Vector256<long> x = Vector256<long>.Zero, y = Vector256<long>.Zero;
                for (var step = 32; step > 0; step >>= 1)
                {
                    var jump = Vector256.Create((long)step);
                    var below = Avx.CompareLessThan(Avx2.GatherVector256(edge + step - 1, x, 8), a).AsInt64();
                    var other = Avx.CompareLessThan(Avx2.GatherVector256(edge + step - 1, y, 8), b).AsInt64();
                    x += below & jump;
                    y += other & jump;
                }
                for (var lane = 0; lane < 4; lane++)
                {
                    bins[i + lane] = (byte)x[lane];
                    bins[i + 4 + lane] = (byte)y[lane];
                }
            }
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double At(this ref double first, int index) => Unsafe.Add(ref first, index);
}
