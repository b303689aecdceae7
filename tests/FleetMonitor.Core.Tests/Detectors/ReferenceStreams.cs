using System.Text.Json;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Tests.Detectors;

/// <summary>The streams of streams.json, generated as it says.</summary>
internal static class ReferenceStreams
{
    public static readonly string[] Names = ["bernoulli_abrupt_small", "bernoulli_gradual", "bernoulli_stationary", "gauss_shift"];

    public static double[] Of(string name)
    {
        var stream = SharedData.Reference("streams.json").GetProperty(name);
        var random = new SplitMix64(stream.GetProperty("seed").GetUInt64());
        var values = new double[stream.GetProperty("n").GetInt32()];
        for (var i = 0; i < values.Length; i++) values[i] = name == "gauss_shift" ? Gauss(ref random, i) : random.NextDouble() < Probability(name, i) ? 1 : 0;
        return values;
    }

    /// <summary>What a detector reported of a stream.</summary>
    public static JsonElement Expected(string stream, string library, string detector) =>
        SharedData.Reference("detectors.json").GetProperty("streams").GetProperty(stream).GetProperty(library).GetProperty(detector);

    private static double Probability(string name, int i) => name switch
    {
        "bernoulli_abrupt_small" => i < 5_000 ? 0.2 : 0.35,
        "bernoulli_gradual" => i < 4_000 ? 0.1 : i < 6_000 ? 0.1 + (0.2 * (i - 4_000) / 2_000) : 0.3,
        _ => 0.2,
    };

    private static double Gauss(ref SplitMix64 random, int i)
    {
        var sum = random.NextDouble();
        for (var term = 1; term < 12; term++) sum += random.NextDouble();
        return sum - 6 + (i >= 5_000 ? 0.5 : 0);
    }
}
