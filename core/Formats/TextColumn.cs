namespace FleetMonitor.Core.Formats;

/// <summary>Texts as a dictionary and a code for each row: 0 where the row has none, k for the dictionary's k-th, from 1.</summary>
public readonly ref struct TextColumn(IReadOnlyList<string> dictionary, ReadOnlySpan<uint> rows)
{
    public ReadOnlySpan<uint> Rows { get; } = rows;

    public bool IsEmpty => Rows.IsEmpty;

    /// <summary>The dictionary as a batch has it: each text once, in order of first appearance, none that no row uses.</summary>
    /// <param name="codes">Receives each row's index into it, -1 where it has none.</param>
    internal List<string> Normalise(string field, Span<int> codes)
    {
        const int Unseen = -2;
        if (IsEmpty) return [];
        var texts = new List<string>();
        var byText = new Dictionary<string, int>(StringComparer.Ordinal);
        var codeOf = new int[dictionary.Count];
        codeOf.AsSpan().Fill(Unseen);
        for (var row = 0; row < Rows.Length; row++)
        {
            var given = Rows[row];
            if (given == 0)
            {
                codes[row] = -1;
                continue;
            }
            if (given > (uint)codeOf.Length) throw new DocumentException($"{field}: row {row} has text {given} of a dictionary of {codeOf.Length}");
            ref var code = ref codeOf[given - 1];
            if (code == Unseen && !byText.TryGetValue(dictionary[(int)given - 1], out code))
            {
                code = texts.Count;
                byText.Add(dictionary[(int)given - 1], code);
                texts.Add(dictionary[(int)given - 1]);
            }
            codes[row] = code;
        }
        return texts;
    }
}
