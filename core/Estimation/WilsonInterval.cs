namespace FleetMonitor.Core.Estimation;

/// <summary>The interval of a share that a score test does not reject.</summary>
/// <remarks>
/// (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n) (Wilson: Probable inference, the law of succession, and statistical inference, 1927), z for 95 %.
/// It always holds p̂ itself. O(1).
/// </remarks>
internal static class WilsonInterval
{
    private const double Z = 1.959963984540054;

    public static double Lower(long part, long whole) => Bound(part, whole, -1);

    public static double Upper(long part, long whole) => Bound(part, whole, 1);

    private static double Bound(long part, long whole, int sign)
    {
        double n = whole, share = part / n, z2 = Z * Z / n;
        var bound = (share + (z2 / 2) + (sign * Math.Sqrt(z2 * ((share * (1 - share)) + (z2 / 4))))) / (1 + z2);
        // Rounding must not push it past the share, nor out of 0…1.
        return sign < 0 ? Math.Clamp(bound, 0, share) : Math.Clamp(bound, share, 1);
    }
}
