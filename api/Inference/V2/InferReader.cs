using System.Text;
using System.Text.Json;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>Reads a request for an inference: JSON straight into tensors, and the bytes behind it where the binary extension is used.</summary>
/// <remarks>
/// One pass, unless a tensor's data stands before its shape or type. Memory follows what has been sent, never what a shape or a length claims. Nesting is
/// at most 64 deep.
/// </remarks>
internal ref struct InferReader
{
    public const int MaxIdBytes = 1_024;
    private const int MaxInputs = 1_024;

    private readonly int _maxElements;
    private readonly int _jsonBytes;
    private readonly List<Tensor> _inputs = [];
    private ReadOnlySpan<byte> _binary;
    private Utf8JsonReader _json;
    private int _elements;
    private List<RequestedOutput>? _outputs;
    private string? _id;
    private bool _binaryByDefault;
    private bool _sawInputs;

    private InferReader(ReadOnlySpan<byte> json, ReadOnlySpan<byte> binary, int maxElements)
    {
        _json = new Utf8JsonReader(json);
        _binary = binary;
        _maxElements = maxElements;
        _jsonBytes = json.Length;
    }

    /// <param name="jsonBytes">How much of the body is JSON; the rest is tensors.</param>
    /// <exception cref="InferenceException">It is no such request; the message says where.</exception>
    public static InferRequest Read(ReadOnlySpan<byte> body, int jsonBytes, int maxElements)
    {
        var reader = new InferReader(body[..jsonBytes], body[jsonBytes..], maxElements);
        try
        {
            return reader.Read();
        }
        catch (Exception exception)
        {
            foreach (var tensor in reader._inputs) tensor.Dispose();
            if (exception is JsonException json) throw Wrong($"the body is no JSON: {Place(json)}");
            // A string with a lone surrogate or bytes that are no UTF-8.
            if (exception is InvalidOperationException) throw Wrong("a string of the body is no valid text");
            throw;
        }
    }

    private InferRequest Read()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject) throw Wrong("expected an object");
        while (Member())
        {
            if (_json.ValueTextEquals("id"u8)) ReadId();
            else if (_json.ValueTextEquals("inputs"u8)) ReadInputs();
            else if (_json.ValueTextEquals("outputs"u8)) ReadOutputs();
            else if (_json.ValueTextEquals("parameters"u8)) ReadParameters();
            else SkipValue();
        }
        _json.Read();
        if (!_sawInputs || _inputs.Count == 0) throw Wrong("inputs: expected at least one");
        if (!_binary.IsEmpty) throw Wrong($"{_binary.Length} bytes are left behind the inputs");
        return new InferRequest(_id, _inputs, _outputs, _binaryByDefault);
    }

    private void ReadId()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null) return;
        if (_json.TokenType != JsonTokenType.String) throw Wrong("id: expected a string");
        if (_json.ValueSpan.Length > MaxIdBytes) throw Wrong($"id: expected at most {MaxIdBytes} bytes");
        _id = _json.GetString();
    }

    private void ReadParameters()
    {
        if (!Object("parameters")) return;
        while (Member())
        {
            if (!_json.ValueTextEquals("binary_data_output"u8))
            {
                SkipParameter("parameters");
                continue;
            }
            _binaryByDefault = Bool("parameters.binary_data_output");
        }
    }

    private void ReadInputs()
    {
        _sawInputs = _sawInputs ? throw Wrong("inputs: given twice") : true;
        Array("inputs");
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.StartObject) throw Wrong("inputs: expected objects");
            if (_inputs.Count == MaxInputs) throw Wrong($"inputs: expected at most {MaxInputs}");
            ReadInput();
        }
    }

    private void ReadInput()
    {
        string? name = null;
        long[]? shape = null;
        TensorType? type = null;
        int? binaryBytes = null;
        Utf8JsonReader data = default;
        var isSaved = false;
        Tensor? tensor = null;
        while (Member())
        {
            if (_json.ValueTextEquals("name"u8)) name = Text("inputs.name");
            else if (_json.ValueTextEquals("shape"u8)) shape = Shape();
            else if (_json.ValueTextEquals("datatype"u8)) type = Type();
            else if (_json.ValueTextEquals("parameters"u8)) binaryBytes = BinarySize() ?? binaryBytes;
            else if (!_json.ValueTextEquals("data"u8)) SkipValue();
            else if (isSaved || tensor is not null) throw Wrong("inputs.data: given twice");
            else if (name is not null && shape is not null && type is not null) Keep(tensor = Data(ref _json, name, type.Value, shape));
            else
            {
                data = _json;
                isSaved = true;
                SkipValue();
            }
        }
        if (name is null) throw Wrong("inputs.name: expected a string, got nothing");
        if (shape is null) throw Wrong($"input \"{name}\": expected a shape, got none");
        if (type is null) throw Wrong($"input \"{name}\": expected a datatype, got none");
        if (binaryBytes is { } bytes)
        {
            if (tensor is not null || isSaved) throw Wrong($"input \"{name}\": expected data or binary_data_size, got both");
            if (bytes > _binary.Length) throw Wrong($"input \"{name}\": binary_data_size is {bytes} where {_binary.Length} bytes are left behind the JSON");
            Keep(TensorBytes.Read(name, type.Value, shape, TensorBytes.Count(name, shape, _maxElements - _elements), _binary[..bytes]));
            _binary = _binary[bytes..];
            return;
        }
        if (tensor is not null) return;
        if (!isSaved) throw Wrong($"input \"{name}\": expected data, got none");
        Keep(Data(ref data, name, type.Value, shape));
    }

    private void Keep(Tensor tensor)
    {
        _inputs.Add(tensor);
        _elements += tensor.Count;
    }

    private readonly Tensor Data(ref Utf8JsonReader json, string name, TensorType type, long[] shape) =>
        TensorJson.Read(ref json, name, type, shape, TensorBytes.Count(name, shape, _maxElements - _elements), _jsonBytes);

    private long[] Shape()
    {
        Array("inputs.shape");
        Span<long> dimensions = stackalloc long[TensorShape.MaxRank];
        var rank = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (rank == dimensions.Length) throw Wrong($"inputs.shape: expected at most {TensorShape.MaxRank} dimensions");
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out dimensions[rank++])) throw Wrong("inputs.shape: expected whole numbers");
        }
        return dimensions[..rank].ToArray();
    }

    private TensorType Type()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.String || _json.ValueSpan.Length > 16) throw Wrong("inputs.datatype: expected one of the protocol's, such as FP32");
        var name = _json.GetString()!;
        return TensorTypes.Parse(name) ?? throw Wrong($"inputs.datatype: expected one of the protocol's, such as FP32; got \"{name}\"");
    }

    private int? BinarySize()
    {
        int? size = null;
        if (!Object("inputs.parameters")) return null;
        while (Member())
        {
            if (!_json.ValueTextEquals("binary_data_size"u8))
            {
                SkipParameter("inputs.parameters");
                continue;
            }
            _json.Read();
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out var bytes) || bytes < 0) throw Wrong($"inputs.parameters.binary_data_size: expected 0 to {int.MaxValue}");
            size = bytes;
        }
        return size;
    }

    private void ReadOutputs()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null) return;
        if (_outputs is not null) throw Wrong("outputs: given twice");
        if (_json.TokenType != JsonTokenType.StartArray) throw Wrong("outputs: expected an array");
        var outputs = new List<RequestedOutput>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.StartObject) throw Wrong("outputs: expected objects");
            if (outputs.Count == MaxInputs) throw Wrong($"outputs: expected at most {MaxInputs}");
            outputs.Add(Output());
        }
        // An empty list asks for nothing in particular.
        _outputs = outputs.Count == 0 ? null : outputs;
    }

    private RequestedOutput Output()
    {
        string? name = null;
        bool? binary = null;
        while (Member())
        {
            if (_json.ValueTextEquals("name"u8)) name = Text("outputs.name");
            else if (!_json.ValueTextEquals("parameters"u8)) SkipValue();
            else if (Object("outputs.parameters"))
            {
                while (Member())
                {
                    if (_json.ValueTextEquals("binary_data"u8)) binary = Bool("outputs.parameters.binary_data");
                    else SkipParameter("outputs.parameters");
                }
            }
        }
        return new RequestedOutput(name ?? throw Wrong("outputs.name: expected a string, got nothing"), binary);
    }

    /// <summary>Goes to the next member's name; false at the object's end.</summary>
    private bool Member() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName;

    private bool Object(string what)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null) return false;
        return _json.TokenType == JsonTokenType.StartObject ? true : throw Wrong($"{what}: expected an object");
    }

    private void Array(string what)
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray) throw Wrong($"{what}: expected an array");
    }

    private string Text(string what)
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.String) throw Wrong($"{what}: expected a string");
        if (_json.ValueSpan.Length > MaxIdBytes) throw Wrong($"{what}: expected at most {MaxIdBytes} bytes");
        return _json.GetString()!;
    }

    private bool Bool(string what)
    {
        _json.Read();
        return _json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Wrong($"{what}: expected true or false"),
        };
    }

    /// <summary>A parameter that has no meaning here is still one: a string, a number or a bool.</summary>
    private void SkipParameter(string what)
    {
        _json.Read();
        if (_json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) throw Wrong($"{what}: expected strings, numbers and bools");
    }

    private void SkipValue()
    {
        _json.Read();
        _json.Skip();
    }

    private static string Place(JsonException exception)
    {
        var message = exception.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var text = new StringBuilder(end < 0 ? message : message[..end]);
        return text.Append(System.Globalization.CultureInfo.InvariantCulture, $" (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine})").ToString();
    }

    private static InferenceException Wrong(string message) => new(InferenceFailure.Invalid, message);
}
