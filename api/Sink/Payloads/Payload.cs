namespace FleetMonitor.Api.Sink.Payloads;

/// <summary>What a model was asked or what it answered, whatever the protocol: groups of columns over the same rows.</summary>
/// <param name="Rows">Instances. 0: the payload says nothing of any.</param>
/// <param name="Version">The model's version, where the answer says it.</param>
internal sealed record Payload(int Rows, IReadOnlyList<Tensor> Tensors, string? Version)
{
    /// <summary>What it takes in memory at about.</summary>
    public long Bytes { get; } = 500 + (2L * (Version?.Length ?? 0)) + Tensors.Sum(tensor => tensor.Bytes);
}

/// <summary>Columns that belong together: a tensor of V2, the rows of V1, a member of V1's objects.</summary>
/// <param name="Name">Empty where the protocol has none.</param>
/// <param name="Columns">Names of its columns, where the payload gives them.</param>
/// <param name="Width">Columns.</param>
/// <param name="Cells">Row by row; a null is a missing value. A number, or a text.</param>
internal sealed record Tensor(string Name, IReadOnlyList<string>? Columns, int Width, IReadOnlyList<Cell> Cells)
{
    public long Bytes { get; } = 100 + (2L * Name.Length) + (Columns?.Sum(Text) ?? 0) + (Cells.Count * 16L) + Cells.Sum(cell => cell.Text is { } text ? Text(text) : 0);

    public Cell At(int row, int column) => Cells[(row * Width) + column];

    private static long Text(string text) => 24 + (2L * text.Length);
}

/// <summary>A number, a text, or nothing (NaN).</summary>
internal readonly record struct Cell(double Number, string? Text)
{
    public static readonly Cell Missing = new(double.NaN, null);

    public bool IsMissing => Text is null && double.IsNaN(Number);
}
