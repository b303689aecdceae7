using System.Globalization;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains;

/// <summary>How many models there may be, and how fast their traffic may make new ones: names are what clients choose, and each costs memory for
/// good.</summary>
/// <remarks>
/// The fleet's number is asked of the store when a new name comes and the last answer is more than some seconds old; what this silo registers is added
/// meanwhile. So the fleet may exceed its bound by what the
/// other silos take within these seconds, which their rate bounds. A bucket holds ten seconds' worth of new names, so that a fleet that starts is not slowed
/// down.
/// </remarks>
internal sealed class RegistrationGate(FleetStore store, TimeProvider time, IOptions<ModelGrainOptions> options)
{
    private const int BurstSeconds = 10;
    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<long>? _counting;
    private long _counted = long.MinValue;
    private long _models, _registered;
    private double _room = double.NaN;
    private long _refilled;

    /// <summary>Lets a new name pass, or tells why not.</summary>
    /// <param name="byTraffic">Whether nobody decided on it: an owner's spec or reference is not held to the rate.</param>
    /// <exception cref="ModelBoundException">There is no room for it.</exception>
    /// <exception cref="StoreException">Nobody knows how many there are.</exception>
    public async Task Admit(bool byTraffic)
    {
        var models = await Models();
        lock (_gate)
        {
            var bound = options.Value.MaxModels;
            if (models + _registered >= bound)
            {
                throw new ModelBoundException("models", string.Create(CultureInfo.InvariantCulture, $"there are {bound} models, and no more are taken (FleetMonitor:Models:MaxModels); delete one first"));
            }
            if (byTraffic && !TakeRoom())
            {
                var rate = options.Value.MaxNewModelsPerSecond;
                throw new ModelBoundException("new_models", string.Create(CultureInfo.InvariantCulture, $"more than {rate} new models a second (FleetMonitor:Models:MaxNewModelsPerSecond); try again"));
            }
            _registered++;
        }
    }

    private bool TakeRoom()
    {
        double rate = options.Value.MaxNewModelsPerSecond;
        var now = time.GetTimestamp();
        _room = double.IsNaN(_room) ? rate * BurstSeconds : Math.Min(rate * BurstSeconds, _room + (rate * time.GetElapsedTime(_refilled, now).TotalSeconds));
        _refilled = now;
        if (_room < 1) return false;
        _room--;
        return true;
    }

    private Task<long> Models()
    {
        lock (_gate)
        {
            if (_counting is not null) return _counting;
            if (_counted != long.MinValue && time.GetElapsedTime(_counted) < CountAge) return Task.FromResult(_models);
            return _counting = Task.Run(Count);
        }
    }

    private async Task<long> Count()
    {
        try
        {
            long before;
            lock (_gate) before = _registered;
            var page = await store.ListModelsAsync(new ModelQuery { Sort = ModelSort.Name, PageSize = 1 });
            lock (_gate)
            {
                // What was registered while it was counted may be in the answer or not: it is taken for not.
                (_models, _registered, _counted) = (page.Total, _registered - before, time.GetTimestamp());
                return page.Total;
            }
        }
        finally
        {
            lock (_gate) _counting = null;
        }
    }
}
