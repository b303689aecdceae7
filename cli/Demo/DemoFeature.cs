using FleetMonitor.Client;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Demo;

/// <summary>An input of a simulated model: how it is drawn, and how far each value moves each of the model's outputs.</summary>
internal abstract class DemoFeature(string name, FeatureKind kind)
{
    public string Name { get; } = name;

    public FeatureKind Kind { get; } = kind;

    /// <summary>A value, and its position around 0 with a spread of about 1.</summary>
    /// <param name="drifted">Draw from where the world has moved to.</param>
    public abstract (FeatureValue Value, double Position) Draw(Random random, bool drifted);

    /// <summary>By how much a step of 1 moves each output (log odds; units of a regression).</summary>
    public required double[] Weights { get; init; }

    /// <summary>Box and Muller's transform.</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A normal number; of its logarithm where <paramref name="logarithmic"/>.</summary>
/// <param name="center">Mean; median where logarithmic.</param>
/// <param name="spread">Standard deviation, of the logarithm where logarithmic.</param>
/// <param name="shift">How many spreads it moves when it drifts.</param>
internal sealed class NumericDemoFeature(string name, double center, double spread, bool logarithmic = false, double shift = 0, int decimals = 2)
    : DemoFeature(name, FeatureKind.Numeric)
{
    public override (FeatureValue Value, double Position) Draw(Random random, bool drifted)
    {
        var position = Normal(random) + (drifted ? shift : 0);
        var value = logarithmic ? center * Math.Exp(spread * position) : center + (spread * position);
        return (Math.Round(value, decimals), position);
    }
}

/// <summary>One of a few names, with shares and positions of their own.</summary>
internal sealed class CategoricalDemoFeature(string name, params (string Category, double Share, double Position)[] categories)
    : DemoFeature(name, FeatureKind.Categorical)
{
    public override (FeatureValue Value, double Position) Draw(Random random, bool drifted)
    {
        var draw = random.NextDouble();
        foreach (var (category, share, position) in categories)
        {
            draw -= share;
            if (draw < 0) return (category, position);
        }
        return (categories[^1].Category, categories[^1].Position);
    }
}
