using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.References;

/// <summary>What one column looked like in the reference window, as counts over bins that the live window is counted into as well.</summary>
public abstract class ColumnReference(string name, ColumnRole role, long rows, long missing)
{
    public string Name { get; } = name;

    public ColumnRole Role { get; } = role;

    /// <summary>Rows of the reference.</summary>
    public long Rows { get; } = rows;

    /// <summary>Rows without a value.</summary>
    public long Missing { get; } = missing;

    public abstract FeatureKind Kind { get; }

    /// <summary>The reference's count in each bin.</summary>
    public abstract ReadOnlySpan<long> Counts { get; }

    internal abstract void Write(CodecWriter writer);

    internal static ColumnReference Read(ref CodecReader reader)
    {
        var kind = (FeatureKind)reader.Byte();
        var name = reader.Text();
        var role = (ColumnRole)reader.Byte();
        var rows = reader.Int64();
        var missing = reader.Int64();
        return kind switch
        {
            FeatureKind.Numeric => NumericReference.Read(ref reader, name, role, rows, missing),
            FeatureKind.Categorical => CategoricalReference.Read(ref reader, name, role, rows, missing),
            _ => throw new CodecException($"A reference column of kind {kind}."),
        };
    }

    private protected void WriteHead(CodecWriter writer)
    {
        writer.Byte((byte)Kind);
        writer.Text(Name);
        writer.Byte((byte)Role);
        writer.Int64(Rows);
        writer.Int64(Missing);
    }
}
