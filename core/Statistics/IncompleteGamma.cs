using MathNet.Numerics;

namespace FleetMonitor.Core.Statistics;

/// <summary>Upper regularised incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a): the survival function of χ² with 2a degrees of freedom at 2x.</summary>
/// <remarks>
/// Below x = a + 1 as 1 − P by the power series of P, above by Legendre's continued fraction (Lentz' method). Both are scaled by the density
/// xᵃ·e⁻ˣ / Γ(a + 1) in Loader's saddle-point form (Fast and accurate computation of binomial probabilities, 2000), which keeps its relative accuracy where
/// the textbook exponent a·ln x − x − lnΓ(a + 1) is a small difference of huge terms. Relative error below 1e-12 for a ≤ 10⁶ down to 1e-300; 0 where the
/// value underflows. O(√a) steps near x = a, a few dozen elsewhere, no allocation.
/// </remarks>
internal static class IncompleteGamma
{
    private const double Epsilon = 1e-16;

    public static double Upper(double a, double x)
    {
        if (x <= 0)
            return 1;
        var density = Density(a, x);
        if (x < a + 1)
            return Math.Max(1 - density * Series(a, x), 0);
        return density == 0 ? 0 : Math.Min(density * a * ContinuedFraction(a, x), 1);
    }

    /// <summary>Σ xⁿ / ((a + 1)…(a + n)).</summary>
    private static double Series(double a, double x)
    {
        double term = 1, sum = 1;
        for (var n = a + 1; term > sum * Epsilon; n++)
        {
            term *= x / n;
            sum += term;
        }
        return sum;
    }

    /// <summary>1 / (x + 1 − a − 1·(1 − a) / (x + 3 − a − 2·(2 − a) / (x + 5 − a − …))).</summary>
    private static double ContinuedFraction(double a, double x)
    {
        const double tiny = 1e-300;
        var b = x + 1 - a;
        var c = 1 / tiny;
        var d = 1 / b;
        var value = d;
        for (var i = 1;; i++)
        {
            var numerator = i * (a - i);
            b += 2;
            d = 1 / NotZero(numerator * d + b);
            c = NotZero(b + numerator / c);
            var factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < 10 * Epsilon)
                return value;
        }

        static double NotZero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    /// <summary>xᵃ·e⁻ˣ / Γ(a + 1).</summary>
    private static double Density(double a, double x) =>
        a < 16
            ? Math.Exp(a * Math.Log(x) - x - SpecialFunctions.GammaLn(a + 1))
            : Math.Exp(-Deviance(a, x) - StirlingError(a)) / Math.Sqrt(2 * Math.PI * a);

    /// <summary>a·ln(a / x) + x − a without cancellation.</summary>
    private static double Deviance(double a, double x)
    {
        var difference = a - x;
        if (Math.Abs(difference) > 0.1 * (a + x))
            return a * Math.Log(a / x) - difference;

        var v = difference / (a + x);
        var sum = difference * v;
        var term = 2 * a * v;
        for (var j = 1;; j++)
        {
            term *= v * v;
            var next = sum + term / (2 * j + 1);
            if (next == sum)
                return sum;
            sum = next;
        }
    }

    /// <summary>lnΓ(a + 1) − (a + ½)·ln a + a − ½·ln 2π, for a ≥ 16.</summary>
    private static double StirlingError(double a)
    {
        var s = 1 / (a * a);
        return (1 / 12.0 - s * (1 / 360.0 - s * (1 / 1260.0 - s * (1 / 1680.0 - s * (1 / 1188.0 - s * (691 / 360360.0)))))) / a;
    }
}
