using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Api.Tests.Inference;
using FleetMonitor.Grains;
using FleetMonitor.Inference.Repository;
using FleetMonitor.Storage;
using FleetMonitor.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Xunit;

namespace FleetMonitor.Api.Tests;

/// <summary>The API as a process serves it: Kestrel, one silo, a SQLite file in a folder of its own. Tests share it and keep to models of their own.</summary>
public sealed class Fleet : IAsyncLifetime
{
    public const int MaxBodyBytes = 1 << 20;
    public const int MaxReferenceBytes = 2 << 20;
    public const int MaxReferenceRows = 5_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetmonitor-api-");
    private WebApplication? _app;

    public HttpClient Client { get; private set; } = new();

    /// <summary>Configuration beside its own.</summary>
    internal Dictionary<string, string?> Settings { get; init; } = [];

    internal LogBook Log { get; } = new();

    public string GrpcUrl { get; } = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");

    public IServiceProvider Services => _app!.Services;

    /// <summary>The repository of ONNX models.</summary>
    public string Models => _folder.CreateSubdirectory("models").FullName;

    /// <summary>The store itself, to break it.</summary>
    internal SqliteFleetStore Store => (SqliteFleetStore)Services.GetRequiredService<FleetStore>();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(Log).SetMinimumLevel(LogLevel.Information);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        ServedModels.Save(Models);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FleetMonitor:Api:MaxBodyBytes"] = MaxBodyBytes.ToString(CultureInfo.InvariantCulture),
            ["FleetMonitor:Api:MaxReferenceBytes"] = MaxReferenceBytes.ToString(CultureInfo.InvariantCulture),
            ["FleetMonitor:Api:MaxReferenceRows"] = MaxReferenceRows.ToString(CultureInfo.InvariantCulture),
            ["FleetMonitor:Grpc:Url"] = GrpcUrl,
            ["FleetMonitor:Inference:Repository"] = Models,
            ["FleetMonitor:Inference:MonitorDelay"] = "00:00:00.010",
        });
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()).Configure<ClusterOptions>(cluster => cluster.ClusterId = _folder.Name));
        builder.Services.AddSqliteFleetStore(store =>
        {
            store.Path = Path.Combine(_folder.FullName, "fleet.db");
            store.HousekeepingInterval = TimeSpan.FromMilliseconds(50);
        });
        builder.Services.AddModelGrains().Configure<ModelGrainOptions>(grains => grains.Tick = TimeSpan.FromSeconds(1));
        builder.AddFleetApi();
        builder.AddFleetGrpc();
        _app = builder.Build();
        _app.MapFleetApi();
        _app.MapFleetGrpc();
        await _app.StartAsync();
        Client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = new Uri(_app.Urls.First(url => url != GrpcUrl)) };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>The process starts without waiting for its models; their tests do.</summary>
    public Task ModelsAreServedAsync() => Wait.UntilAsync(
        () => Services.GetRequiredService<ModelRepository>().Unready is null, TimeSpan.FromSeconds(60), () => $"the models to be served: {Services.GetRequiredService<ModelRepository>().Unready}");

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string json, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(json), "application/json", headers);

    public Task<Answer> PostLinesAsync(string path, string ndjson) => SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(ndjson), "application/x-ndjson");

    public Task<Answer> PutAsync(string path, string text, string contentType = "application/json") => SendAsync(HttpMethod.Put, path, Encoding.UTF8.GetBytes(text), contentType);

    public async Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body = null, string? contentType = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new ByteArrayContent(body);
        if (contentType is not null) request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("Content-", StringComparison.Ordinal)) request.Content!.Headers.TryAddWithoutValidation(name, value);
            else request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await Client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return new Answer(response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Headers, response.Content.Headers, bytes);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What a client sees of an answer.</summary>
public sealed record Answer(HttpStatusCode Status, string? ContentType, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonNode Json => JsonNode.Parse(Bytes)!;

    /// <summary>The body, of an answer that went well.</summary>
    public JsonNode Ok()
    {
        Assert.True(Status == HttpStatusCode.OK, $"{(int)Status}: {Text}");
        Assert.Equal("application/json; charset=utf-8", ContentType);
        return Json;
    }

    /// <summary>The problem details, of the shape that RFC 9457 asks for.</summary>
    public JsonNode Problem(HttpStatusCode status)
    {
        Assert.True(Status == status, $"expected {(int)status}, got {(int)Status}: {Text}");
        Assert.Equal("application/problem+json", ContentType);
        var problem = Json;
        Assert.Equal((int)status, (int)problem["status"]!);
        Assert.StartsWith("https://", (string?)problem["type"], StringComparison.Ordinal);
        Assert.NotEmpty((string)problem["title"]!);
        return problem;
    }

    /// <summary>The detail of a problem.</summary>
    public string Detail(HttpStatusCode status) => (string?)Problem(status)["detail"] ?? "";
}

[CollectionDefinition(nameof(Fleet))]
public sealed class FleetShared : ICollectionFixture<Fleet>;
