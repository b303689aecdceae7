using System.Text.Json;
using FleetMonitor.Inference;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>The body of a look at the repository's index: <c>{"ready": true}</c>, an empty object, or nothing.</summary>
internal static class IndexRequest
{
    /// <exception cref="InferenceException">It is no such body.</exception>
    public static bool ReadyOnly(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return false;
        try
        {
            var json = new Utf8JsonReader(body);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw Wrong("expected an object");
            var ready = false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isReady = json.ValueTextEquals("ready"u8);
                json.Read();
                if (isReady && json.TokenType is not (JsonTokenType.True or JsonTokenType.False)) throw Wrong("ready: expected true or false");
                ready = isReady ? json.TokenType == JsonTokenType.True : ready;
                json.Skip();
            }
            json.Read();
            return ready;
        }
        catch (JsonException)
        {
            throw Wrong("the body is no JSON");
        }
    }

    private static InferenceException Wrong(string message) => new(InferenceFailure.Invalid, message);
}
