using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>What a change detector says after a value.</summary>
public enum DetectorState : byte
{
    /// <summary>The stream looks as it did.</summary>
    Stable = 0,

    /// <summary>A change may be under way; only detectors with two thresholds say so.</summary>
    Warning = 1,

    /// <summary>The stream changed. The next value starts the detector afresh.</summary>
    Changed = 2,
}

/// <summary>Watches a stream of numbers, one by one, for the moment at which it changes.</summary>
/// <remarks>
/// Parameters, formulas and restarts are those of river 0.19, so the same stream gives the same indices. Deterministic: the same values give the same state, and <see cref="Load"/> of what
/// <see cref="Save"/> wrote goes on to the byte, in the middle of a stream too. Values must be finite: the boundary leaves the others out.
/// </remarks>
public abstract class ChangeDetector
{
    private DetectorState _state;

    /// <summary>What the last value led to.</summary>
    public DetectorState State => _state;

    /// <summary>Takes the next value. After a change it is the first value of a new stream.</summary>
    public DetectorState Update(double value)
    {
        if (_state == DetectorState.Changed) Clear();
        return _state = Next(value);
    }

    /// <summary>Forgets the stream.</summary>
    public void Reset()
    {
        Clear();
        _state = DetectorState.Stable;
    }

    /// <summary>Writes the state, without the options.</summary>
    public void Save(CodecWriter writer)
    {
        writer.Byte((byte)_state);
        Write(writer);
    }

    /// <summary>Takes over the state that a detector with the same options saved.</summary>
    /// <exception cref="CodecException">The bytes are no such state.</exception>
    public void Load(ref CodecReader reader)
    {
        var state = reader.Byte();
        if (state > (byte)DetectorState.Changed) throw new CodecException($"A detector in state {state}.");
        _state = (DetectorState)state;
        Read(ref reader);
    }

    private protected abstract DetectorState Next(double value);

    private protected abstract void Clear();

    private protected abstract void Write(CodecWriter writer);

    private protected abstract void Read(ref CodecReader reader);
}
