using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetMonitor.Clustering.Documents;

/// <summary>The document as compact JSON: about 300 bytes a silo, 480 when two others suspect it.</summary>
internal static class MembershipDocumentJson
{
    public static string Encode(MembershipDocument document) => JsonSerializer.Serialize(document, MembershipJson.Default.MembershipDocument);

    /// <exception cref="MembershipStoreException">It is no document, one of a newer format, or another cluster's.</exception>
    public static MembershipDocument Decode(string text, string cluster, string place)
    {
        MembershipDocument document;
        try
        {
            document = JsonSerializer.Deserialize(text, MembershipJson.Default.MembershipDocument) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw MembershipStoreException.Permanent($"{place} holds no membership document: {exception.Message}", exception);
        }
        if (document.Format is < 1 or > MembershipDocument.CurrentFormat)
        {
            throw MembershipStoreException.Permanent($"{place} is of format {document.Format}; this version reads up to {MembershipDocument.CurrentFormat}.");
        }
        return document.Cluster == cluster
            ? document
            : throw MembershipStoreException.Permanent(
                $"{place} holds the silos of cluster '{document.Cluster}', not of '{cluster}': each cluster needs a place of its own.");
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(MembershipDocument))]
internal sealed partial class MembershipJson : JsonSerializerContext;
