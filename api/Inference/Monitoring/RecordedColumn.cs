namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>A record's tensor as numbers or as texts, so many a row.</summary>
/// <param name="Texts">Null of numbers.</param>
internal readonly record struct RecordedColumn(double[] Numbers, string[]? Texts, int Width)
{
    public static RecordedColumn Of(RecordedTensor tensor, int rows)
    {
        if (tensor.IsText)
        {
            var texts = tensor.Texts();
            return new RecordedColumn([], texts, texts.Length / rows);
        }
        var numbers = tensor.Numbers();
        return new RecordedColumn(numbers, null, numbers.Length / rows);
    }

    /// <summary>The first number of a row; false where there is none, or none that is finite.</summary>
    public bool TryNumber(int row, out double number)
    {
        var at = row * Width;
        number = Width > 0 && at < Numbers.Length ? Numbers[at] : double.NaN;
        return double.IsFinite(number);
    }
}
