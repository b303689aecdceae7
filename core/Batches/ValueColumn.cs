using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>One column as a client sent it: a number, a text or nothing in each row.</summary>
/// <remarks>
/// Numbers are float64, NaN where there is none. Texts are codes into a dictionary in order of first appearance, -1 where there is none.
/// A column that has no number (no text) at all has no such array. Views over the batch's buffer; reading allocates nothing but the dictionary.
/// </remarks>
public sealed class ValueColumn
{
    private readonly ReadOnlyMemory<byte> _numbers;
    private readonly ReadOnlyMemory<byte> _codes;

    internal ValueColumn(string name, int count, ReadOnlyMemory<byte> numbers, ReadOnlyMemory<byte> codes, string[] texts)
    {
        Name = name;
        Count = count;
        _numbers = numbers;
        _codes = codes;
        Texts = texts;
    }

    public string Name { get; }

    public int Count { get; }

    public bool HasNumbers => !_numbers.IsEmpty;

    public bool HasTexts => !_codes.IsEmpty;

    /// <summary>The dictionary of the column's texts.</summary>
    public string[] Texts { get; }

    /// <summary>A value per row, NaN where the row has no number; empty when <see cref="HasNumbers"/> is false.</summary>
    public ReadOnlySpan<double> Numbers => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(_numbers.Span);

    /// <summary>An index into <see cref="Texts"/> per row, -1 where the row has no text; empty when <see cref="HasTexts"/> is false.</summary>
    public ReadOnlySpan<int> Codes => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(_codes.Span);

    public double NumberAt(int row) => HasNumbers ? Numbers[row] : double.NaN;

    public string? TextAt(int row) => HasTexts && Codes[row] is var code and >= 0 ? Texts[code] : null;

    public bool IsMissing(int row) => double.IsNaN(NumberAt(row)) && TextAt(row) is null;

    /// <summary>Writes a whole column: its numbers where it has any, its texts and their codes where it has any.</summary>
    internal static void Write(CodecWriter writer, string name, ReadOnlySpan<double> numbers, ReadOnlySpan<string> texts, ReadOnlySpan<int> codes, bool hasNumbers)
    {
        writer.Text(name);
        writer.Byte((byte)((hasNumbers ? 1 : 0) | (texts.IsEmpty ? 0 : 2)));
        if (hasNumbers) writer.Raw(numbers);
        if (texts.IsEmpty) return;
        writer.Texts(texts);
        writer.Raw(codes);
    }

    /// <summary>Writes some rows as a column; its dictionary holds the texts that they use.</summary>
    internal void WriteRows(CodecWriter writer, ReadOnlySpan<int> rows)
    {
        var builder = new Builder(Name);
        for (var i = 0; i < rows.Length; i++)
        {
            if (NumberAt(rows[i]) is var number && !double.IsNaN(number)) builder.Set(i, number);
            if (TextAt(rows[i]) is { } text) builder.Set(i, text);
        }
        builder.Write(writer, rows.Length);
    }

    internal static ValueColumn Read(ReadOnlyMemory<byte> section, int count)
    {
        var reader = new CodecReader(section.Span);
        var name = reader.Text();
        var flags = reader.Byte();
        var numbers = ReadOnlyMemory<byte>.Empty;
        var codes = ReadOnlyMemory<byte>.Empty;
        string[] texts = [];
        if ((flags & 1) != 0)
        {
            var start = reader.Position;
            reader.Raw<double>(count);
            numbers = section[start..reader.Position];
        }
        if ((flags & 2) != 0)
        {
            texts = reader.Texts();
            var start = reader.Position;
            foreach (var code in reader.Raw<int>(count))
            {
                if (code < -1 || code >= texts.Length) throw new CodecException($"Column '{name}' has code {code}, its dictionary {texts.Length} texts.");
            }
            codes = section[start..reader.Position];
        }
        return new ValueColumn(name, count, numbers, codes, texts);
    }

    /// <summary>Grows a column row by row. Rows that were passed over are missing.</summary>
    internal sealed class Builder(string name)
    {
        private readonly Dictionary<string, int> _dictionary = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];
        private double[]? _numbers;
        private int[]? _codes;
        private int _numbersSince;
        private int _newTextIn = -1;

        public string Name { get; } = name;

        /// <summary>Whether any row has a value.</summary>
        public bool Any => _numbers is not null || _texts.Count > 0;

        public void Set(int row, double number)
        {
            if (_numbers is null) _numbersSince = row;
            Grow(ref _numbers, row, double.NaN);
            _numbers![row] = number;
        }

        public void Set(int row, string text)
        {
            if (!_dictionary.TryGetValue(text, out var code)) code = Add(row, text);
            SetCode(row, code);
        }

        /// <summary>A text given as bytes or characters: known ones are found without making a string.</summary>
        public void Set(int row, ReadOnlySpan<char> text)
        {
            if (!_dictionary.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var code)) code = Add(row, text.ToString());
            SetCode(row, code);
        }

        /// <summary>Takes back what was set in the last <paramref name="row"/>, when its item turned out to be wrong further on.</summary>
        public void Clear(int row)
        {
            if (_numbers is not null && row < _numbers.Length)
            {
                _numbers[row] = double.NaN;
                if (row == _numbersSince) _numbers = null;
            }
            if (_codes is null || row >= _codes.Length) return;
            _codes[row] = -1;
            if (row != _newTextIn) return;
            _newTextIn = -1;
            _dictionary.Remove(_texts[^1]);
            _texts.RemoveAt(_texts.Count - 1);
        }

        /// <summary>Forgets the numbers, when the column turned out to hold texts that look like some.</summary>
        public void DropNumbers() => _numbers = null;

        public bool IsSet(int row) =>
            (_numbers is not null && row < _numbers.Length && !double.IsNaN(_numbers[row])) || (_codes is not null && row < _codes.Length && _codes[row] >= 0);

        public void Write(CodecWriter writer, int count)
        {
            Debug.Assert(count >= 0, "A batch has rows.");
            if (_numbers is not null) Grow(ref _numbers, count - 1, double.NaN);
            if (_texts.Count > 0) Grow(ref _codes, count - 1, -1);
            ValueColumn.Write(writer, Name, _numbers is null ? [] : _numbers.AsSpan(0, count), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_texts),
                _texts.Count == 0 ? [] : _codes.AsSpan(0, count), hasNumbers: _numbers is not null);
        }

        private int Add(int row, string text)
        {
            _newTextIn = row;
            _texts.Add(text);
            _dictionary.Add(text, _texts.Count - 1);
            return _texts.Count - 1;
        }

        private void SetCode(int row, int code)
        {
            Grow(ref _codes, row, -1);
            _codes![row] = code;
        }

        private static void Grow<T>(ref T[]? values, int row, T missing)
        {
            var old = values?.Length ?? 0;
            if (row < old) return;
            Array.Resize(ref values, Math.Max(Math.Max(16, row + 1), old * 2));
            values.AsSpan(old).Fill(missing);
        }
    }
}
