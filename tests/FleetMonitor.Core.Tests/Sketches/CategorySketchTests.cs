using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Sketches;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Sketches;

[Properties(Replay = "9,11", MaxTest = 60)]
public sealed class CategorySketchTests
{
    [Property]
    public void HeavyHitters_InAnyParts_BoundEveryCount(int seed, byte capacity, byte parts)
    {
        var random = new Random(seed);
        var names = Skewed(random, 3_000);
        HeavyHitters Of(IEnumerable<string> some)
        {
            var summary = new HeavyHitters(2 + (capacity % 40));
            foreach (var name in some) summary.Update(name);
            return summary;
        }

        HeavyHitters[] split = [.. names.Chunk(1 + (3_000 / (1 + (parts % 20)))).Select(Of)];
        var forward = Of([]);
        foreach (var part in split) forward.Merge(part);
        var backward = Of([]);
        foreach (var part in split.Reverse()) backward.Merge(part);
        var truth = names.GroupBy(n => n).ToDictionary(g => g.Key, g => (long)g.Count());
        foreach (var summary in (HeavyHitters[])[Of(names), forward, backward])
        {
            var top = summary.Top(int.MaxValue);
            Assert.Equal(3_000, summary.Total);
            Assert.True(top.Count <= summary.Capacity);
            Assert.True(summary.Error <= (3_000 - top.Sum(t => t.AtLeast)) / (summary.Capacity + 1));
            foreach (var hitter in top) Assert.InRange(truth[hitter.Name], hitter.AtLeast, hitter.AtMost);
            foreach (var (name, count) in truth) Assert.True(count <= summary.Error || top.Any(t => t.Name == name), $"{name} came {count} times");
        }
        Assert.Equal(forward.Total, backward.Total);
    }

    [Property]
    public void HeavyHitters_SavedInTheMiddle_GoOnToTheByte(int seed)
    {
        HeavyHitters straight = new(10), interrupted = new(10);
        foreach (var name in Skewed(new Random(seed), 500))
        {
            straight.Update(name, 2);
            interrupted.Update(name, 2);
            if (name.Length % 3 == 0) interrupted = Reloaded(interrupted, (w, s) => s.Save(w), HeavyHitters.Load);
        }
        Assert.Equal(Saved(straight.Save), Saved(interrupted.Save));
    }

    [Fact]
    public void Distinct_OfFewNames_IsExact()
    {
        var counter = new DistinctCounter();
        for (var i = 0; i < 1_000; i++) counter.Update($"n{i % 256}");
        Assert.Equal((256, 0), (counter.Estimate, counter.StandardError));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(3_000)]
    [InlineData(50_000)]
    public void Distinct_OfManyNames_IsWithinItsStandardError(int names)
    {
        double squares = 0, bias = 0;
        const int runs = 30;
        for (var run = 0; run < runs; run++)
        {
            var counter = new DistinctCounter();
            for (var i = 0; i < names; i++) counter.Update($"{run}-{i}");
            Assert.Equal(0.023, counter.StandardError, 0.0005);
            var error = (counter.Estimate / names) - 1;
            bias += error / runs;
            squares += error * error / runs;
        }
        // The spread of thirty runs about their standard error, and a bias that three standard errors of their mean explain.
        Assert.InRange(Math.Sqrt(squares), 0, 0.023 * 1.5);
        Assert.InRange(Math.Abs(bias), 0, 3 * 0.023 / Math.Sqrt(runs));
    }

    [Property]
    public void Distinct_InAnyPartsAndOrder_IsTheSameToTheByte(int seed, ushort size)
    {
        string[] names = [.. Enumerable.Range(0, size % 2_000).Select(i => $"{seed}-{i % 900}")];
        var whole = new DistinctCounter();
        foreach (var name in names) whole.Update(name);
        var merged = new DistinctCounter();
        foreach (var part in names.Reverse().Chunk(170))
        {
            var counter = new DistinctCounter();
            foreach (var name in part) counter.Update(name);
            merged.Merge(Reloaded(counter, (w, c) => c.Save(w), DistinctCounter.Load));
        }
        var other = new DistinctCounter();
        other.Merge(whole);
        Assert.Equal(Saved(whole.Save), Saved(merged.Save));
        Assert.Equal(Saved(whole.Save), Saved(other.Save));
    }

    private static string[] Skewed(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => $"c{(int)(300 * Math.Pow(random.NextDouble(), 4))}")];

    private static byte[] Saved(Action<CodecWriter> save)
    {
        var writer = new CodecWriter();
        save(writer);
        return writer.ToArray();
    }

    private delegate T Loader<T>(ref CodecReader reader);

    private static T Reloaded<T>(T state, Action<CodecWriter, T> save, Loader<T> load)
    {
        var reader = new CodecReader(Saved(writer => save(writer, state)));
        var loaded = load(ref reader);
        Assert.True(reader.AtEnd);
        return loaded;
    }
}
