using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Storage.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Dispose_WhileAppendsWait_CompletesThem()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        List<Task<long>> appends;
        Task disposing;
        using (test.HoldWriter())
        {
            appends = [.. Enumerable.Range(0, 100).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
            disposing = test.Store.DisposeAsync().AsTask();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("late")).AsTask());
        }
        await disposing;
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), await Task.WhenAll(appends));
        test.Reopen();
        Assert.Equal(100, (await test.ReplayAsync("m")).Count);
    }

    [Fact]
    public async Task Dispose_WhileTheDiskRefuses_FailsWhatWaits()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        test.Store.Connection.Execute("PRAGMA busy_timeout = 10");
        List<Task<long>> appends;
        using (test.HoldWriter())
        {
            appends = [.. Enumerable.Range(0, 100).Select(i => test.Store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask())];
            await test.Store.DisposeAsync();
        }
        foreach (var append in appends) await Assert.ThrowsAsync<StoreUnavailableException>(() => append);
        test.Reopen();
        Assert.Empty(await test.ReplayAsync("m"));
    }

    [Fact]
    public async Task Dispose_WhileReading_EndsTheReadCleanly()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 5; i++) await test.Store.AppendAsync(lease, new byte[1 << 20]);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in test.Store.ReadLogAsync(lease, 0)) await test.Store.DisposeAsync();
        });
    }

    [Fact]
    public async Task Dispose_EverythingAskedAfterwards_SaysSo()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.OpenModelAsync("m"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.AppendAsync(lease, TestStore.Bytes("x")).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.SaveCheckpointAsync(lease, 0, TestStore.Bytes("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.DeleteModelAsync(lease));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.ListModelsAsync(new ModelQuery()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.ReadAsync(lease));
    }

    /// <summary>A bug on the writer's thread, made with the one piece of foreign code that runs there: a listener to its metrics.</summary>
    [Fact]
    public async Task Writer_EndedByABug_FailsWhatWaitsAndSaysSo()
    {
        using var folder = new TempFolder();
        using var meters = new Meters();
        var options = new SqliteStoreOptions { Path = Path.Combine(folder.Path, "fleet.db") };
        var store = SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance, meters);
        var lease = await store.OpenModelAsync("m", TestStore.Now);
        using (new Recorder(meters, instrument => { if (instrument.Name == "fleetmonitor.log.appends") throw new InvalidOperationException("a bug"); }))
        {
            var appends = Enumerable.Range(0, 100).Select(i => store.AppendAsync(lease, TestStore.Bytes($"{i}")).AsTask()).ToList();
            foreach (var append in appends) await Assert.ThrowsAsync<StoreUnavailableException>(() => append);
        }
        Assert.False(store.Health.IsReady);
        Assert.Contains("a bug", store.Health.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenModelAsync("m", TestStore.Now));
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => store.DisposeAsync().AsTask());
        Assert.Equal("a bug", bug.Message);
        await using var again = SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);
        Assert.True(again.Health.IsReady);
    }

    [Fact]
    public async Task Cancellation_BeforeTheWriterBegins_ChangesNothing()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        using var cancelled = new CancellationTokenSource();
        Task opening, saving, deleting;
        using (test.HoldWriter())
        {
            opening = test.Store.OpenModelAsync("never", TestStore.Now, cancelled.Token);
            saving = test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("never"), cancelled.Token);
            deleting = test.Store.DeleteModelAsync(lease, cancelled.Token);
            await cancelled.CancelAsync();
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saving);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deleting);
        var page = await test.Store.ListModelsAsync(new ModelQuery());
        Assert.Equal("m", Assert.Single(page.Models).Name);
        Assert.Equal(["1"], await test.ReplayAsync("m"));
    }

    [Fact]
    public async Task Cancellation_WhileReading_EndsTheRead()
    {
        await using var test = TestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 0; i < 10; i++) await test.Store.AppendAsync(lease, TestStore.Bytes("x"));
        using var cancel = new CancellationTokenSource();
        var read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in test.Store.ReadLogAsync(lease, 0, cancel.Token))
            {
                if (++read == 3) await cancel.CancelAsync();
            }
        });
        Assert.Equal(3, read);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Store.ListModelsAsync(new ModelQuery(), cancel.Token));
    }

    [Fact]
    public async Task Metrics_OfEveryKind_AreCounted()
    {
        using var folder = new TempFolder();
        using var meters = new Meters();
        using var recorder = new Recorder(meters);
        var options = new SqliteStoreOptions { Path = Path.Combine(folder.Path, "fleet.db") };
        await using var store = SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance, meters);
        var stale = await store.OpenModelAsync("m", TestStore.Now);
        var lease = await store.OpenModelAsync("m", TestStore.Now);
        for (var i = 0; i < 10; i++) await store.AppendAsync(lease, new byte[100]);
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(stale, new byte[100]).AsTask());
        await store.SaveCheckpointAsync(lease, 10, new byte[500]);
        Assert.Equal(1, recorder.Observe("fleetmonitor.storage.ready"));
        store.Connection.Execute("PRAGMA query_only = ON");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(lease, new byte[100]).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SaveCheckpointAsync(lease, 10, new byte[500]));

        Assert.Equal(10, recorder["fleetmonitor.log.appends"]);
        Assert.Equal(1000, recorder["fleetmonitor.log.bytes"]);
        Assert.Equal(1, recorder["fleetmonitor.log.fenced"]);
        Assert.Equal(1, recorder["fleetmonitor.log.failures"]);
        Assert.Equal(1, recorder["fleetmonitor.checkpoint.saved"]);
        Assert.Equal(500, recorder["fleetmonitor.checkpoint.bytes"]);
        Assert.Equal(1, recorder["fleetmonitor.checkpoint.failures"]);
        Assert.InRange(recorder["fleetmonitor.log.commit.duration"], double.Epsilon, 60);
        Assert.Equal(0, recorder.Observe("fleetmonitor.storage.ready"));
        Assert.Equal(0, recorder.Observe("fleetmonitor.log.queue.bytes"));
        Assert.Equal("By", recorder.Unit("fleetmonitor.log.bytes"));
        Assert.Equal("s", recorder.Unit("fleetmonitor.log.commit.duration"));
    }

    [Fact]
    public async Task AddSqliteFleetStore_Resolved_IsOneOpenStore()
    {
        using var folder = new TempFolder();
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSqliteFleetStore(options => options.Path = Path.Combine(folder.Path, "fleet.db"));
        await using (var provider = services.BuildServiceProvider())
        {
            var store = provider.GetRequiredService<FleetStore>();
            Assert.Same(store, provider.GetRequiredService<FleetStore>());
            Assert.Equal(1, await store.AppendAsync(await store.OpenModelAsync("m", TestStore.Now), TestStore.Bytes("1")));
        }
        await using var again = services.BuildServiceProvider(); // The first provider has closed its store.
        Assert.True(again.GetRequiredService<FleetStore>().Health.IsReady);
    }

    [Fact]
    public async Task AddSqliteFleetStore_OptionsOutOfRange_FailsWithTheirNames()
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSqliteFleetStore(options => options.MaxQueueBytes = 5);
        await using var provider = services.BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<FleetStore>);
        Assert.Contains("MaxQueueBytes", refused.Message, StringComparison.Ordinal);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }

    private sealed class Recorder : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, double> _sums = [];
        private readonly Dictionary<string, string?> _units = [];
        private readonly Action<Instrument>? _onMeasurement;

        public Recorder(Meters meters, Action<Instrument>? onMeasurement = null)
        {
            _onMeasurement = onMeasurement;
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope != meters) return;
                _units[instrument.Name] = instrument.Unit;
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
            _listener.Start();
        }

        public double this[string name]
        {
            get
            {
                lock (_sums) return _sums.GetValueOrDefault(name);
            }
        }

        public string? Unit(string name) => _units[name];

        public double Observe(string name)
        {
            lock (_sums) _sums.Remove(name);
            _listener.RecordObservableInstruments();
            return this[name];
        }

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value)
        {
            _onMeasurement?.Invoke(instrument);
            lock (_sums) _sums[instrument.Name] = _sums.GetValueOrDefault(instrument.Name) + value;
        }
    }
}
