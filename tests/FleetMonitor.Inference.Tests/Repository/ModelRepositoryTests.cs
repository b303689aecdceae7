using FleetMonitor.Inference.Repository;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Inference.Tests.Repository;

public sealed class ModelRepositoryTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly TestMeters _meters = new();
    private readonly ModelRepositoryOptions _options;
    private readonly ModelRepository _repository;

    public ModelRepositoryTests()
    {
        _options = new ModelRepositoryOptions { Repository = _folder.Path, Debounce = TimeSpan.FromMilliseconds(20), Poll = TimeSpan.FromSeconds(1) };
        _repository = new ModelRepository(Options.Create(_options), new InferenceMetrics(_meters), TimeProvider.System, NullLogger<ModelRepository>.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _meters.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Scan_SeveralVersions_AnswersWithTheNewestOrTheOneAskedFor()
    {
        Save("a", 1, 10);
        Save("a", 2, 20);
        Save("a", 10, 100);
        Assert.Equal("the repository is being read", _repository.Unready);
        await _repository.ScanAsync();
        Assert.Null(_repository.Unready);
        Assert.Equal(100, await Value("a"));
        Assert.Equal(10, await Value("a", "1"));
        Assert.Equal(["10", "2", "1"], _repository.Versions("a"));
        Assert.Equal(InferenceFailure.NotFound, Assert.Throws<InferenceException>(() => _repository.Get("a", "3")).Failure);
        Assert.Equal(InferenceFailure.NotFound, Assert.Throws<InferenceException>(() => _repository.Get("b")).Failure);
    }

    [Fact]
    public async Task Scan_BrokenModel_IsItsOwnErrorAndNobodyElses()
    {
        Save("good", 1, 10);
        Directory.CreateDirectory(_folder.File("broken/1"));
        await File.WriteAllTextAsync(_folder.File("broken/1/model.onnx"), "no model");
        Directory.CreateDirectory(_folder.File("empty"));
        Save("wrong", 1, 1);
        await File.WriteAllTextAsync(_folder.File("wrong/model.yaml"), "task: guess");
        await _repository.ScanAsync();
        Assert.Equal(10, await Value("good"));
        Assert.Contains("model \"broken\"", _repository.Unready, StringComparison.Ordinal);
        var index = _repository.Index().ToDictionary(status => status.Name);
        Assert.Equal((true, ""), (index["good"].IsReady, index["good"].Reason));
        Assert.Contains("Protobuf", index["broken"].Reason, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("there is no version of it", index["empty"].Reason, StringComparison.Ordinal);
        Assert.StartsWith("model.yaml: task", index["wrong"].Reason, StringComparison.Ordinal);
        var refusal = Assert.Throws<InferenceException>(() => _repository.Get("broken"));
        Assert.Equal(InferenceFailure.Unavailable, refusal.Failure);
    }

    /// <summary>A shape whose bytes no integer holds: the runtime takes it, and what is made for it here overflows.</summary>
    [Fact]
    public async Task Scan_ModelOfAnImpossibleShape_IsItsOwnErrorAndNobodyElses()
    {
        Save("good", 1, 10);
        new OnnxModel().Input("X", OnnxType.Float, -1, 1 << 20, 1 << 10).Output("Y", OnnxType.Float, -1, 1 << 20, 1 << 10).Node("Identity", ["X"], ["Y"]).Save(_folder.Path, "huge", 1);
        await _repository.ScanAsync();
        Assert.Equal(10, await Value("good"));
        Assert.NotEmpty(Assert.Single(_repository.Index(), status => status.Name == "huge").Reason);
    }

    /// <summary>A fault outside of any model, here a folder that no system can have.</summary>
    [Fact]
    public async Task Watch_FolderThatCannotBe_SaysSoAndGoesOn()
    {
        var options = new ModelRepositoryOptions { Repository = "models\0", Poll = TimeSpan.FromMilliseconds(10) };
        await using var repository = new ModelRepository(Options.Create(options), new InferenceMetrics(_meters), TimeProvider.System, NullLogger<ModelRepository>.Instance);
        using var stop = new CancellationTokenSource();
        var watch = new RepositoryWatch(repository, options, TimeProvider.System).RunAsync(stop.Token);
        await Wait.UntilAsync(() => watch.IsCompleted || repository.Unready != "the repository is being read", Soon, () => "the first look");
        Assert.False(watch.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    [Fact]
    public async Task Scan_ChangedFiles_ReplaceWhatIsServed_AndWorseOnesDoNot()
    {
        Save("a", 1, 10);
        await _repository.ScanAsync();
        Save("a", 1, 11.5f);
        await _repository.ScanAsync();
        Assert.Equal(11.5f, await Value("a"));
        await File.WriteAllTextAsync(_folder.File("a/1/model.onnx"), "no model");
        await _repository.ScanAsync();
        Assert.Equal(11.5f, await Value("a"));
        Assert.NotEmpty(Assert.Single(_repository.Index()).Reason);
        await File.WriteAllTextAsync(_folder.File("a/model.yaml"), "versions: nonsense");
        await _repository.ScanAsync();
        Assert.Equal(11.5f, await Value("a"));
        Directory.Delete(_folder.File("a"), recursive: true);
        await _repository.ScanAsync();
        Assert.Empty(_repository.Index());
    }

    [Fact]
    public async Task Scan_NothingChanged_KeepsWhatIsServed()
    {
        Save("a", 1, 10);
        await _repository.ScanAsync();
        var served = _repository.Get("a");
        await _repository.ScanAsync();
        Assert.Same(served, _repository.Get("a"));
    }

    [Fact]
    public async Task UnloadAndLoad_ByCommand_OutweighTheFolder()
    {
        Save("a", 1, 10);
        await _repository.ScanAsync();
        await _repository.UnloadAsync("a");
        await _repository.ScanAsync();
        Assert.Equal("model \"a\" is not ready: it was unloaded", Assert.Throws<InferenceException>(() => _repository.Get("a")).Message);
        Assert.Null(_repository.Unready);
        await _repository.LoadAsync("a");
        Assert.Equal(10, await Value("a"));
        Assert.Equal(InferenceFailure.NotFound, (await Assert.ThrowsAsync<InferenceException>(() => _repository.LoadAsync("../a"))).Failure);
        Assert.Equal(InferenceFailure.NotFound, (await Assert.ThrowsAsync<InferenceException>(() => _repository.UnloadAsync("b"))).Failure);
        await File.WriteAllTextAsync(_folder.File("a/1/model.onnx"), "no model");
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => _repository.LoadAsync("a"));
        Assert.StartsWith("failed to load model \"a\": ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replace_UnderLoad_FailsNoRequest()
    {
        Save("a", 1, 0);
        await _repository.ScanAsync();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var answers = 0;
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await Value("a");
                    answers++;
                }
                catch (InferenceException gone) when (gone.Message == "the model is being unloaded")
                {
                    // Between the look-up and the queue; a caller looks up again.
                }
            }
            return answers;
        })).ToArray();
        for (var change = 1; change <= 10; change++)
        {
            Save("a", 1, change);
            await _repository.LoadAsync("a");
        }
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(clients), answers => Assert.True(answers > 0));
        Assert.Equal(10, await Value("a"));
    }

    [Fact]
    public async Task Watch_FolderThatChanges_IsFollowed()
    {
        using var stop = new CancellationTokenSource();
        var watch = new RepositoryWatch(_repository, _options, TimeProvider.System).RunAsync(stop.Token);
        await Wait.UntilAsync(() => _repository.Unready is null, Soon, () => "the first look");
        Save("a", 1, 10);
        await Wait.UntilAsync(() => _repository.Index().Any(s => s.IsReady), Soon, () => "the model to be served");
        Save("a", 2, 20);
        await Wait.UntilAsync(() => _repository.Versions("a").Count == 2, Soon, () => "the second version");
        Directory.Delete(_folder.File("a"), recursive: true);
        await Wait.UntilAsync(() => _repository.Index().Count == 0, Soon, () => "the model to go");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    [Fact]
    public async Task Scan_MissingFolder_IsSaidAndRecoveredFrom()
    {
        Directory.Delete(_folder.Path);
        await _repository.ScanAsync();
        Assert.Contains(_folder.Path, _repository.Unready, StringComparison.Ordinal);
        Save("a", 1, 10);
        await _repository.ScanAsync();
        Assert.Null(_repository.Unready);
    }

    private void Save(string name, long version, float value) => OnnxModels.LinearRegressor([0], value).Save(_folder.Path, name, version);

    private async Task<float> Value(string name, string? version = null)
    {
        using var input = Loaded.Floats("X", [1, 1], 0);
        using var output = (await _repository.Get(name, version).InferAsync([input])).Outputs[0];
        return output.As<float>()[0];
    }
}
