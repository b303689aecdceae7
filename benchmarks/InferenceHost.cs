using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FleetMonitor.Api;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace FleetMonitor.Benchmarks;

/// <summary>A silo with the API in this process, its log on disk, and beside it bare endpoints that read a body and answer with one of a given
/// size.</summary>
internal sealed class InferenceHost : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetmonitor-bench-");
    private readonly WebApplication _app;

    /// <param name="models">Makes the repository's models in the folder it is given.</param>
    public InferenceHost(Action<string> models)
    {
        var repository = _folder.CreateSubdirectory("models").FullName;
        models(repository);
        var ports = Enumerable.Range(0, 4).Select(_ => FreePort()).ToArray();
        (Port, GrpcPort) = (ports[0], ports[1]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FleetMonitor:Grpc:Url"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{GrpcPort}"),
            ["FleetMonitor:Inference:Repository"] = repository,
        });
        builder.UseOrleans(silo => silo.UseLocalhostClustering(ports[2], ports[3]).Configure<ClusterOptions>(cluster => cluster.ClusterId = _folder.Name));
        builder.Services.AddSqliteFleetStore(store => store.Path = Path.Combine(_folder.FullName, "fleet.db"));
        builder.Services.AddModelGrains();
        builder.AddFleetApi();
        builder.AddFleetGrpc();
        _app = builder.Build();
        _app.MapFleetApi();
        _app.MapFleetGrpc();
        _app.MapPost("/bare/{bytes:int}", BareAsync);
    }

    public int Port { get; }

    public int GrpcPort { get; }

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>The least that an endpoint can do: read the body to its end, and write one.</summary>
    private static async Task BareAsync(HttpContext context, int bytes)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        context.Response.ContentLength = bytes;
        await context.Response.BodyWriter.WriteAsync(new byte[bytes]);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
