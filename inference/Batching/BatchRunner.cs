using System.Collections.Concurrent;
using FleetMonitor.Inference.Sessions;

namespace FleetMonitor.Inference.Batching;

/// <summary>Runs requests through a session: in a slot's memory where they fit, over their own memory otherwise.</summary>
internal sealed class BatchRunner(OnnxSession session, RowLayout? layout, string model, InferenceMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly ConcurrentBag<BoundSlot> _slots = [];

    /// <summary>Answers every request of the batch, whatever becomes of the run.</summary>
    public void Run(List<PendingInference> batch)
    {
        if (TryTogether(batch)) return;
        foreach (var request in batch) TryTogether([request]);
    }

    public void Dispose()
    {
        while (_slots.TryTake(out var slot)) slot.Dispose();
        session.Dispose();
    }

    /// <summary>False where a run of several requests failed: none of them is answered then.</summary>
    private bool TryTogether(List<PendingInference> batch)
    {
        var rows = 0;
        foreach (var request in batch) rows += request.Rows;
        var started = time.GetTimestamp();
        try
        {
            if (layout is not null && rows <= layout.MaxRows) InSlot(batch, rows, started);
            else if (batch.Count == 1) Answer(batch[0], session.Run(batch[0].Inputs), started, rows);
            else return false;
            metrics.Ran(model, rows);
            return true;
        }
        catch (Exception) when (batch.Count > 1)
        {
            return false;
        }
        catch (Exception exception)
        {
            batch[0].TrySetException(exception);
            return true;
        }
    }

    private void InSlot(List<PendingInference> batch, int rows, long started)
    {
        if (!_slots.TryTake(out var slot)) slot = new BoundSlot(session, layout!);
        try
        {
            var start = 0;
            foreach (var request in batch)
            {
                slot.Fill(request.Inputs, start, rows);
                start += request.Rows;
            }
            slot.Run(rows);
            start = 0;
            foreach (var request in batch)
            {
                Answer(request, slot.Take(start, request.Rows), started, rows);
                start += request.Rows;
            }
        }
        finally
        {
            slot.Clear();
            _slots.Add(slot);
        }
    }

    private void Answer(PendingInference request, Tensors.Tensor[] outputs, long started, int rows)
    {
        var waited = time.GetElapsedTime(request.Since, started);
        metrics.Waited(model, waited);
        request.TrySetResult(new InferenceAnswer(outputs, waited, time.GetElapsedTime(started), rows));
    }
}
