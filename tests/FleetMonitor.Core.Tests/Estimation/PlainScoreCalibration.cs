using FleetMonitor.Core.Estimation;

namespace FleetMonitor.Core.Tests.Estimation;

/// <summary>The decision whether scores need a calibration as one would write it at first: shuffle every row, sort what is held out. The oracle of <see
/// cref="ScoreCalibration"/>.</summary>
internal sealed class PlainScoreCalibration(double[] scores, bool[] outcomes)
{
    private const int Splits = 10;

    private readonly PlainTwister _random = new(ScoreCalibration.Seed);
    private readonly int _held = (int)Math.Ceiling(0.1 * scores.Length);

    /// <summary>The calibration error of held-out rows before and after.</summary>
    public (double Before, double After) HeldOutErrors()
    {
        List<(double Probability, bool Outcome)> before = [], after = [];
        for (var split = 0; split < Splits; split++)
        {
            var heldOut = Split();
            var rest = Enumerable.Range(0, scores.Length).Where(row => !heldOut.Contains(row)).ToArray();
            var calibrator = IsotonicFit.Of(rest.Select(row => scores[row]).ToArray(), rest.Select(row => outcomes[row]).ToArray())!;
            before.AddRange(heldOut.Select(row => (scores[row], outcomes[row])));
            after.AddRange(heldOut.Select(row => (calibrator.Calibrate(scores[row]), outcomes[row])));
        }
        return (Error(before), Error(after));
    }

    private HashSet<int> Split()
    {
        int[][] rowsOf = [.. new[] { false, true }.Select(label => Enumerable.Range(0, outcomes.Length).Where(row => outcomes[row] == label).ToArray())];
        int[] left = [.. rowsOf.Select(rows => rows.Length)];
        var kept = Proportional(left, scores.Length - _held);
        for (var label = 0; label < 2; label++) left[label] -= kept[label];
        var held = Proportional(left, _held);
        var heldOut = new HashSet<int>();
        for (var label = 0; label < 2; label++)
        {
            var order = Shuffled(rowsOf[label].Length);
            heldOut.UnionWith(order[kept[label]..(kept[label] + held[label])].Select(i => rowsOf[label][i]));
        }
        Shuffled(scores.Length - _held);
        Shuffled(_held);
        return heldOut;
    }

    private int[] Proportional(int[] counts, int draws)
    {
        double[] exact = [.. counts.Select(count => count / (double)counts.Sum() * draws)];
        int[] whole = [.. exact.Select(value => (int)value)];
        double[] over = [.. exact.Zip(whole, (value, floor) => value - floor)];
        var missing = draws - whole.Sum();
        int[] order = missing <= 0 ? [] : over[0] == over[1] ? Shuffled(2) : over[0] > over[1] ? [0, 1] : [1, 0];
        foreach (var label in order.Take(missing)) whole[label]++;
        return whole;
    }

    private int[] Shuffled(int count)
    {
        int[] values = [.. Enumerable.Range(0, count)];
        for (var i = count - 1; i > 0; i--)
        {
            var j = _random.Below((uint)i);
            (values[i], values[j]) = (values[j], values[i]);
        }
        return values;
    }

    /// <summary>Ten bins of equal numbers of rows by rank; rows of one probability are divided over the bins in proportion.</summary>
    private static double Error(List<(double Probability, bool Outcome)> rows)
    {
        double[] gaps = [.. rows.GroupBy(row => row.Probability).OrderBy(group => group.Key).SelectMany(group =>
            Enumerable.Repeat(group.Key - group.Average(row => row.Outcome ? 1.0 : 0), group.Count()))];
        return gaps.Chunk(gaps.Length / 10).Sum(bin => Math.Abs(bin.Sum())) / gaps.Length;
    }

    /// <summary>MT19937, a word at a time.</summary>
    private sealed class PlainTwister
    {
        private readonly uint[] _state = new uint[624];
        private int _next = 624;

        public PlainTwister(uint seed)
        {
            for (var i = 0; i < _state.Length; i++, seed = (1_812_433_253u * (seed ^ (seed >> 30))) + (uint)i) _state[i] = seed;
        }

        public uint Below(uint max)
        {
            var mask = (uint)(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)max + 1) - 1);
            uint value;
            do value = Next() & mask;
            while (value > max);
            return value;
        }

        private uint Next()
        {
            if (_next == 624)
            {
                for (var i = 0; i < 624; i++)
                {
                    var joined = (_state[i] & 0x80000000) | (_state[(i + 1) % 624] & 0x7FFFFFFF);
                    _state[i] = _state[(i + 397) % 624] ^ (joined >> 1) ^ (joined % 2 == 0 ? 0 : 0x9908B0DF);
                }
                _next = 0;
            }
            var value = _state[_next++];
            value ^= value >> 11;
            value ^= (value << 7) & 0x9D2C5680;
            value ^= (value << 15) & 0xEFC60000;
            return value ^ (value >> 18);
        }
    }
}
