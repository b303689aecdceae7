using System.Globalization;

namespace FleetMonitor.Api.References;

/// <summary>One flat column of a row group: numbers, texts or times, whatever width or encoding the file has them in. A null is missing, and so is a NaN.</summary>
internal abstract class ParquetColumn
{
    /// <summary>The value as a number; false where it is missing or none. Texts are read as numbers, times are seconds since the epoch.</summary>
    public abstract bool TryNumber(int row, out double number);

    /// <summary>The value as it is written; false where it is missing.</summary>
    public abstract bool TryText(int row, out ReadOnlySpan<char> text);

    /// <summary>Whether a feature of this column is numeric unless its spec says otherwise.</summary>
    public virtual bool IsNumeric => false;

    public sealed class Numbers(double[] values) : ParquetColumn
    {
        public override bool IsNumeric => true;

        public override bool TryNumber(int row, out double number) => !double.IsNaN(number = values[row]);

        public override bool TryText(int row, out ReadOnlySpan<char> text)
        {
            text = double.IsNaN(values[row]) ? default : values[row].ToString("R", CultureInfo.InvariantCulture);
            return !text.IsEmpty;
        }
    }

    public sealed class Texts(ReadOnlyMemory<char>?[] values) : ParquetColumn
    {
        public override bool TryNumber(int row, out double number)
        {
            number = double.NaN;
            return values[row] is { } text && double.TryParse(text.Span, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && !double.IsNaN(number);
        }

        public override bool TryText(int row, out ReadOnlySpan<char> text)
        {
            text = values[row] is { } value ? value.Span : default;
            return values[row] is not null;
        }
    }

    public sealed class Times(DateTime?[] values) : ParquetColumn
    {
        public override bool TryNumber(int row, out double number)
        {
            number = values[row] is { } time ? (time - DateTime.UnixEpoch).TotalSeconds : double.NaN;
            return values[row] is not null;
        }

        public override bool TryText(int row, out ReadOnlySpan<char> text)
        {
            text = values[row]?.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
            return values[row] is not null;
        }
    }
}
