using System.Text.Json;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>Tensors as JSON arrays, flat or nested as their shape is.</summary>
/// <remarks>A float that JSON cannot say (NaN, infinity) is written as null, and is not read: bytes carry it.</remarks>
internal static class TensorJson
{
    private delegate bool TryGet<T>(ref Utf8JsonReader json, out T value);

    /// <param name="jsonBytes">Bytes of the whole document.</param>
    /// <param name="json">At the name <c>data</c>; at the array's end afterwards.</param>
    /// <exception cref="InferenceException">An element is not of the type, or there are more or fewer than the shape says.</exception>
    public static Tensor Read(ref Utf8JsonReader json, string name, TensorType type, long[] shape, int count, int jsonBytes)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) throw Wrong(name, "expected an array of data");
        // An element takes two bytes at least, with its comma: who claims many has to send many.
        if (count > (jsonBytes / 2) + 1) throw Wrong(name, $"expected {count} elements for shape {TensorInfo.Describe(shape)}, got fewer");
        var tensor = Tensor.Rent(name, type, shape, count);
        try
        {
            switch (type)
            {
                case TensorType.Bool: Fill<byte>(ref json, tensor, TryBool); break;
                case TensorType.UInt8: Fill(ref json, tensor, (ref Utf8JsonReader j, out byte v) => j.TryGetByte(out v)); break;
                case TensorType.UInt16: Fill(ref json, tensor, (ref Utf8JsonReader j, out ushort v) => j.TryGetUInt16(out v)); break;
                case TensorType.UInt32: Fill(ref json, tensor, (ref Utf8JsonReader j, out uint v) => j.TryGetUInt32(out v)); break;
                case TensorType.UInt64: Fill(ref json, tensor, (ref Utf8JsonReader j, out ulong v) => j.TryGetUInt64(out v)); break;
                case TensorType.Int8: Fill(ref json, tensor, (ref Utf8JsonReader j, out sbyte v) => j.TryGetSByte(out v)); break;
                case TensorType.Int16: Fill(ref json, tensor, (ref Utf8JsonReader j, out short v) => j.TryGetInt16(out v)); break;
                case TensorType.Int32: Fill(ref json, tensor, (ref Utf8JsonReader j, out int v) => j.TryGetInt32(out v)); break;
                case TensorType.Int64: Fill(ref json, tensor, (ref Utf8JsonReader j, out long v) => j.TryGetInt64(out v)); break;
                case TensorType.Float16: Fill<Half>(ref json, tensor, TryHalf); break;
                case TensorType.Float32: Fill(ref json, tensor, (ref Utf8JsonReader j, out float v) => j.TryGetSingle(out v) && float.IsFinite(v)); break;
                case TensorType.Float64: Fill(ref json, tensor, (ref Utf8JsonReader j, out double v) => j.TryGetDouble(out v) && double.IsFinite(v)); break;
                default: FillTexts(ref json, tensor); break;
            }
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Writes all elements as one flat array.</summary>
    public static void Write(Utf8JsonWriter json, Tensor tensor)
    {
        json.WriteStartArray();
        switch (tensor.Type)
        {
            case TensorType.Bool: foreach (var value in tensor.Bytes) json.WriteBooleanValue(value != 0); break;
            case TensorType.UInt8: foreach (var value in tensor.Bytes) json.WriteNumberValue(value); break;
            case TensorType.UInt16: foreach (var value in tensor.As<ushort>()) json.WriteNumberValue(value); break;
            case TensorType.UInt32: foreach (var value in tensor.As<uint>()) json.WriteNumberValue(value); break;
            case TensorType.UInt64: foreach (var value in tensor.As<ulong>()) json.WriteNumberValue(value); break;
            case TensorType.Int8: foreach (var value in tensor.As<sbyte>()) json.WriteNumberValue(value); break;
            case TensorType.Int16: foreach (var value in tensor.As<short>()) json.WriteNumberValue(value); break;
            case TensorType.Int32: foreach (var value in tensor.As<int>()) json.WriteNumberValue(value); break;
            case TensorType.Int64: foreach (var value in tensor.As<long>()) json.WriteNumberValue(value); break;
            case TensorType.Float16: foreach (var value in tensor.As<Half>()) Write(json, (float)value); break;
            case TensorType.Float32: foreach (var value in tensor.As<float>()) Write(json, value); break;
            case TensorType.Float64:
                foreach (var value in tensor.As<double>())
                {
                    if (double.IsFinite(value)) json.WriteNumberValue(value);
                    else json.WriteNullValue();
                }
                break;
            default: for (var i = 0; i < tensor.Count; i++) json.WriteStringValue(tensor.Text(i)); break;
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private static void Fill<T>(ref Utf8JsonReader json, Tensor tensor, TryGet<T> tryGet) where T : unmanaged
    {
        var values = tensor.As<T>();
        var wantsBool = tensor.Type == TensorType.Bool;
        int filled = 0, depth = 1;
        while (Next(ref json, ref depth))
        {
            if (filled == values.Length) throw More(tensor);
            if ((!wantsBool && json.TokenType != JsonTokenType.Number) || !tryGet(ref json, out values[filled])) throw NotOfType(ref json, tensor, filled);
            filled++;
        }
        if (filled < values.Length) throw Fewer(tensor, filled);
    }

    private static void FillTexts(ref Utf8JsonReader json, Tensor tensor)
    {
        var depth = 1;
        while (Next(ref json, ref depth))
        {
            if (tensor.Texts == tensor.Count) throw More(tensor);
            if (json.TokenType != JsonTokenType.String) throw NotOfType(ref json, tensor, tensor.Texts);
            tensor.Advance(json.CopyString(tensor.Reserve(json.ValueSpan.Length)));
        }
        if (tensor.Texts < tensor.Count) throw Fewer(tensor, tensor.Texts);
    }

    /// <summary>Goes to the next element, through the brackets around it; false behind the last.</summary>
    private static bool Next(ref Utf8JsonReader json, ref int depth)
    {
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.StartArray) depth++;
            else if (json.TokenType != JsonTokenType.EndArray) return true;
            else if (--depth == 0) return false;
        }
        return false;
    }

    private static bool TryBool(ref Utf8JsonReader json, out byte value)
    {
        value = json.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
        return json.TokenType is JsonTokenType.True or JsonTokenType.False;
    }

    private static bool TryHalf(ref Utf8JsonReader json, out Half value)
    {
        value = json.TryGetSingle(out var single) ? (Half)single : Half.NaN;
        return Half.IsFinite(value);
    }

    private static InferenceException NotOfType(ref Utf8JsonReader json, Tensor tensor, int element)
    {
        var got = json.TokenType == JsonTokenType.StartObject ? "an object" : System.Text.Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(40, json.ValueSpan.Length)]);
        return Wrong(tensor.Name, $"element {element}: expected {tensor.Type.Name()}, got {got}");
    }

    private static InferenceException More(Tensor tensor) => Wrong(tensor.Name, $"expected {tensor.Count} elements for shape {TensorInfo.Describe(tensor.Shape)}, got more");

    private static InferenceException Fewer(Tensor tensor, int got) => Wrong(tensor.Name, $"expected {tensor.Count} elements for shape {TensorInfo.Describe(tensor.Shape)}, got {got}");

    private static InferenceException Wrong(string name, string message) => new(InferenceFailure.Invalid, $"input \"{name}\": {message}");
}
