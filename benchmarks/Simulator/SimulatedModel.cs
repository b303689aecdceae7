using System.Globalization;
using System.Text;

namespace FleetMonitor.Benchmarks.Simulator;

/// <summary>What goes wrong with a model, and is known to the simulator alone.</summary>
internal enum Truth
{
    /// <summary>Nothing does.</summary>
    Clean,

    /// <summary>The first feature's mean moves by one standard deviation.</summary>
    FeatureDrift,

    /// <summary>The same inputs mean the opposite from then on: only labels can tell.</summary>
    ConceptChange,
}

/// <summary>One binary model with its traffic: a logistic score of normal features, labels drawn by that score, hours after it.</summary>
/// <remarks>
/// Of its events 1 % come up to twelve hours late and 1 in 1,000 sixty days late, which is too late; 10 % never get a label, the others after an exponential delay of an hour on average.
/// Traffic follows the day: twice the mean at noon, next to none at midnight (UTC).
/// </remarks>
internal sealed class SimulatedModel(int index, double eventsAnHour, Truth truth, DateTimeOffset onset, int features, int seed, string prefix)
{
    private const double LateShare = 0.01, TooLateShare = 0.001, UnlabelledShare = 0.1;

    private readonly Random _random = new(unchecked((seed * 1_000_003) + index));
    private readonly PriorityQueue<(string Id, bool Label), DateTimeOffset> _labels = new();
    private long _events;

    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index:00000}");

    public Truth Truth { get; } = truth;

    /// <summary>When it goes wrong.</summary>
    public DateTimeOffset Onset { get; } = onset;

    /// <summary>Predictions that the server must have counted.</summary>
    public long Expected { get; private set; }

    /// <summary>Predictions that it must have called too late.</summary>
    public long TooLate { get; private set; }

    /// <summary>Labels that must have met their prediction.</summary>
    public long Labelled { get; private set; }

    /// <summary>The predictions of one slot as NDJSON; null when there are none.</summary>
    public byte[]? Predictions(DateTimeOffset from, TimeSpan slot, out int rows)
    {
        var diurnal = 1 + Math.Sin((from.TimeOfDay.TotalHours - 6) / 24 * 2 * Math.PI);
        rows = Poisson(eventsAnHour * slot.TotalHours * diurnal);
        if (rows == 0) return null;
        var text = new StringBuilder(rows * 300);
        for (var row = 0; row < rows; row++) Prediction(text, from + (slot * _random.NextDouble()));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The labels that are due by <paramref name="now"/> as NDJSON, at most 5,000; null when there are none.</summary>
    public byte[]? Labels(DateTimeOffset now, out int rows)
    {
        var text = new StringBuilder();
        for (rows = 0; rows < 5_000 && _labels.TryPeek(out var label, out var due) && due <= now; rows++)
        {
            _labels.Dequeue();
            text.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{label.Id}\",\"label\":\"{(label.Label ? 1 : 0)}\",\"time\":\"{due:O}\"}}\n");
        }
        Labelled += rows;
        return rows == 0 ? null : Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Prediction(StringBuilder text, DateTimeOffset time)
    {
        var (id, z, changed) = (string.Create(CultureInfo.InvariantCulture, $"{Name}-{_events++}"), 0.0, time >= Onset);
        text.Append("{\"id\":\"").Append(id).Append("\",\"features\":{");
        for (var feature = 0; feature < features; feature++)
        {
            var value = Normal() + (changed && feature == 0 && Truth == Truth.FeatureDrift ? 1 : 0);
            if (feature == 0) z = 5 * value;
            text.Append(CultureInfo.InvariantCulture, $"{(feature == 0 ? "" : ",")}\"f{feature}\":{value:0.000000}");
        }
        var score = 1 / (1 + Math.Exp(-z));
        var positive = _random.NextDouble() < score != (changed && Truth == Truth.ConceptChange);
        var lateness = _random.NextDouble();
        var tooLate = lateness < TooLateShare;
        var at = tooLate ? time.AddDays(-60) : lateness < TooLateShare + LateShare ? time.AddHours(-12 * _random.NextDouble()) : time;
        text.Append(CultureInfo.InvariantCulture, $"}},\"time\":\"{at:O}\",\"prediction\":\"{(score > 0.5 ? 1 : 0)}\",\"score\":{score:0.000000},\"latency_ms\":{1 + (5 * _random.NextDouble()):0.00}}}\n");
        if (tooLate) TooLate++;
        else Expected++;
        if (!tooLate && _random.NextDouble() >= UnlabelledShare) _labels.Enqueue((id, positive), time.AddHours(-Math.Log(1 - _random.NextDouble())));
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>Knuth's for small means; a rounded normal beyond.</summary>
    private int Poisson(double mean)
    {
        if (mean > 30) return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        var (count, product, limit) = (0, _random.NextDouble(), Math.Exp(-mean));
        for (; product > limit; count++) product *= _random.NextDouble();
        return count;
    }
}
