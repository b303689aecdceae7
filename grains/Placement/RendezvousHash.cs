using System.IO.Hashing;
using System.Text;

namespace FleetMonitor.Grains.Placement;

/// <summary>Which silo a model belongs to: every silo has a weight for every model, and the heaviest owns it.</summary>
/// <remarks>
/// Highest random weight hashing (Thaler and Ravishankar 1998). A silo that joins takes 1/N of the models, evenly from the others, and one that leaves gives up its own alone; hash modulo N
/// would move all but 1/N. A silo counts by its address and port, not by its start: one that comes back at its old address owns what it owned before.
/// O(silos) a model, no state. Of n models each of N silos owns n/N, with a standard deviation of √(n/N · (1 − 1/N)).
/// </remarks>
public static class RendezvousHash
{
    /// <summary>The heaviest silo; null when there is none. The order of <paramref name="silos"/> does not matter.</summary>
    public static SiloAddress? Owner(string model, ReadOnlySpan<SiloAddress> silos) => Owner(Encoding.UTF8.GetBytes(model), silos);

    /// <param name="model">The model's name in UTF-8, as grain keys have it.</param>
    public static SiloAddress? Owner(ReadOnlySpan<byte> model, ReadOnlySpan<SiloAddress> silos)
    {
        var key = XxHash3.HashToUInt64(model);
        SiloAddress? owner = null;
        var heaviest = 0UL;
        foreach (var silo in silos)
        {
            var weight = Mix(key ^ Identity(silo));
            if (owner is not null && (weight < heaviest || (weight == heaviest && silo.CompareTo(owner) > 0))) continue;
            (owner, heaviest) = (silo, weight);
        }
        return owner;
    }

    private static ulong Identity(SiloAddress silo)
    {
        Span<byte> bytes = stackalloc byte[18];
        silo.Endpoint.Address.TryWriteBytes(bytes, out var length);
        bytes[length++] = (byte)silo.Endpoint.Port;
        bytes[length++] = (byte)(silo.Endpoint.Port >> 8);
        return XxHash3.HashToUInt64(bytes[..length]);
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the result depends on every bit of the input.</summary>
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
