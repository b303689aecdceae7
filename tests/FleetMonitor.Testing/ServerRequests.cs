using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Testing;

/// <summary>The public HTTP interface, spoken plainly: what these tests say of it does not go through the project's own client.</summary>
public static class ServerRequests
{
    /// <summary>Whether somebody is there and says that all is well.</summary>
    public static async Task<bool> AnswersAsync(this HttpClient http, string path)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public static async Task<JsonElement> GetJsonAsync(this HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        return await ReadAsync(response);
    }

    public static Task<JsonElement> PutAsync(this HttpClient http, string path, string body, string contentType = "application/json") =>
        SendAsync(http, HttpMethod.Put, path, body, contentType);

    public static Task<JsonElement> PostAsync(this HttpClient http, string path, string body, string contentType = "application/json") =>
        SendAsync(http, HttpMethod.Post, path, body, contentType);

    /// <summary>The metrics page as it is without compression.</summary>
    public static async Task<MetricsPage> GetMetricsAsync(this HttpClient http) => new(await http.GetStringAsync(new Uri("metrics", UriKind.Relative)));

    private static async Task<JsonElement> SendAsync(HttpClient http, HttpMethod method, string path, string body, string contentType)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var response = await http.SendAsync(request);
        return await ReadAsync(response);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var asked = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}";
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{asked}: {(int)response.StatusCode} {body}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
