using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Ingest;

/// <summary>A row that was not taken: its index in the batch, the member at fault, and what was expected.</summary>
public readonly record struct RowError(int Row, string Field, string Message);

/// <summary>What applying one log entry did. Predictions, labels and references each fill their members.</summary>
/// <param name="Accepted">Rows taken.</param>
/// <param name="Duplicates">Rows (all, of a repeated batch) that were here before.</param>
/// <param name="TooLate">Predictions older than every pane kept.</param>
/// <param name="Rejected">Rows that the model cannot take.</param>
/// <param name="Joined">Labels that met their prediction.</param>
/// <param name="Pending">Labels that wait for it.</param>
/// <param name="Corrected">Labels that replaced an earlier one.</param>
/// <param name="Errors">The first rejected rows, at most <see cref="MaxErrors"/>.</param>
public sealed record ApplyResult(int Accepted, int Duplicates, int TooLate, int Rejected, int Joined, int Pending, int Corrected, IReadOnlyList<RowError> Errors)
{
    public const int MaxErrors = 100;

    /// <summary>What a spec changed, and what began anew for it.</summary>
    public IReadOnlyList<SpecChange> Changes { get; init; } = [];

    public static readonly ApplyResult Nothing = new(0, 0, 0, 0, 0, 0, 0, []);
}
