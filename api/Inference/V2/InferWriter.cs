using System.Text.Json;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>Writes the answer to an inference: JSON, and the outputs that were asked for as bytes behind it.</summary>
internal static class InferWriter
{
    /// <returns>How much of the answer is JSON.</returns>
    public static int Write(AnswerBuffer into, Inference inference, InferRequest request)
    {
        var outputs = inference.Chosen(request.Outputs?.Select(o => o.Name));
        using var json = new Utf8JsonWriter(into, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("model_name"u8, inference.Model.Name);
        json.WriteString("model_version"u8, inference.Model.Version);
        json.WriteString("id"u8, inference.Id);
        json.WriteStartArray("outputs"u8);
        for (var i = 0; i < outputs.Count; i++) Write(json, outputs[i], IsBinary(request, i));
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        var length = into.Length;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (!IsBinary(request, i)) continue;
            var bytes = TensorBytes.Length(outputs[i]);
            TensorBytes.Write(outputs[i], into.GetSpan(bytes)[..bytes]);
            into.Advance(bytes);
        }
        return length;
    }

    private static bool IsBinary(InferRequest request, int output) => request.Outputs?[output].Binary ?? request.Binary;

    private static void Write(Utf8JsonWriter json, Tensor output, bool binary)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, output.Name);
        json.WriteString("datatype"u8, output.Type.Name());
        json.WriteStartArray("shape"u8);
        foreach (var dimension in output.Shape) json.WriteNumberValue(dimension);
        json.WriteEndArray();
        if (binary)
        {
            json.WriteStartObject("parameters"u8);
            json.WriteNumber("binary_data_size"u8, TensorBytes.Length(output));
            json.WriteEndObject();
        }
        else
        {
            json.WritePropertyName("data"u8);
            TensorJson.Write(json, output);
        }
        json.WriteEndObject();
    }
}
