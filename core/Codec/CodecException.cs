namespace FleetMonitor.Core.Codec;

/// <summary>Bytes that are not what this codec writes: cut short, of an unknown version, or with a length beyond their buffer.</summary>
public sealed class CodecException : FormatException
{
    public CodecException() { }
    public CodecException(string message) : base(message) { }
    public CodecException(string message, Exception inner) : base(message, inner) { }
}
