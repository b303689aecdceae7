using System.Runtime.InteropServices;
using FleetMonitor.Inference.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace FleetMonitor.Inference.Sessions;

/// <summary>Memory for the rows of one run, made once, pinned, and bound to the runtime: a run allocates nothing and looks up no name.</summary>
/// <remarks>Each number of rows has a binding of its own over the same memory, made when it is first needed. One run at a time.</remarks>
internal sealed class BoundSlot : IDisposable
{
    private readonly OnnxSession _session;
    private readonly RowLayout _layout;
    private readonly byte[][] _inputs;
    private readonly byte[][] _outputs;
    private readonly int[] _inputBytes;
    private readonly int[] _outputBytes;
    private readonly Binding?[] _bindings;
    private readonly bool _allBound;
    private IDisposableReadOnlyCollection<OrtValue>? _made;
    private Tensor?[] _read = [];

    public BoundSlot(OnnxSession session, RowLayout layout)
    {
        _session = session;
        _layout = layout;
        _inputBytes = [.. layout.Inputs.Select((row, i) => RowLayout.Elements(row) * session.Inputs[i].Type.Width())];
        _outputBytes = [.. layout.Outputs.Select((row, i) => row is null ? 0 : RowLayout.Elements(row) * session.Outputs[i].Tensor.Type.Width())];
        _inputs = [.. _inputBytes.Select(Pinned)];
        _outputs = [.. _outputBytes.Select(Pinned)];
        _bindings = new Binding?[layout.MaxRows + 1];
        _allBound = layout.Outputs.All(row => row is not null);

        byte[] Pinned(int rowBytes) => GC.AllocateUninitializedArray<byte>(rowBytes * layout.MaxRows, pinned: true);
    }

    /// <summary>Puts a request's rows behind those of the requests before it. Texts go to the binding of <paramref name="total"/> rows.</summary>
    public void Fill(IReadOnlyList<Tensor> inputs, int start, int total)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var tensor = inputs[i];
            if (tensor.Type != TensorType.Text)
            {
                tensor.Bytes.CopyTo(_inputs[i].AsSpan(start * _inputBytes[i]));
                continue;
            }
            var texts = BindingOf(total).Inputs[i];
            var first = start * RowLayout.Elements(_layout.Inputs[i]);
            for (var element = 0; element < tensor.Count; element++) texts.StringTensorSetElementAt(tensor.Text(element), first + element);
        }
    }

    /// <exception cref="InferenceException">The model failed, or did not answer row by row.</exception>
    public void Run(int rows)
    {
        var binding = BindingOf(rows);
        _session.Run(binding.Io);
        if (_allBound) return;
        _made = binding.Io.GetOutputValues();
        _read = new Tensor?[_made.Count];
        for (var i = 0; i < _read.Length; i++)
        {
            if (_layout.Outputs[i] is not null) continue;
            var tensor = _read[i] = _session.Read(i, _made[i]);
            if (_layout.HasBatch && (tensor.Shape.Length == 0 || tensor.Shape[0] != rows))
            {
                throw new InferenceException(InferenceFailure.Failed, $"output \"{tensor.Name}\" has shape {TensorInfo.Describe(tensor.Shape)} for {rows} rows");
            }
        }
    }

    /// <summary>The answer to the request whose rows begin at <paramref name="start"/>.</summary>
    public Tensor[] Take(int start, int rows)
    {
        var taken = new Tensor[_outputs.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            if (_layout.Outputs[i] is { } row)
            {
                var info = _session.Outputs[i].Tensor;
                taken[i] = Tensor.Rent(info.Name, info.Type, _layout.Shape(row, rows), RowLayout.Elements(row) * rows);
                _outputs[i].AsSpan(start * _outputBytes[i], rows * _outputBytes[i]).CopyTo(taken[i].Bytes);
            }
            else
            {
                taken[i] = Rows(_read[i]!, start, rows);
            }
        }
        return taken;
    }

    /// <summary>Lets go of what the last run's outputs hold beyond the slot's own memory.</summary>
    public void Clear()
    {
        if (_allBound) return;
        foreach (var tensor in _read) tensor?.Dispose();
        _read = [];
        _made?.Dispose();
        _made = null;
    }

    public void Dispose()
    {
        Clear();
        foreach (var binding in _bindings) binding?.Dispose();
    }

    private Tensor Rows(Tensor all, int start, int rows)
    {
        if (!_layout.HasBatch) (start, rows) = (0, 1);
        var each = _layout.HasBatch ? all.Count / (int)all.Shape[0] : all.Count;
        long[] shape = _layout.HasBatch ? [rows, .. all.Shape[1..]] : all.Shape;
        var tensor = Tensor.Rent(all.Name, all.Type, shape, each * rows);
        if (all.Type == TensorType.Text)
        {
            for (var i = 0; i < tensor.Count; i++) tensor.Append(all.Text((start * each) + i));
        }
        else
        {
            all.Bytes.Slice(start * each * all.Type.Width(), tensor.Bytes.Length).CopyTo(tensor.Bytes);
        }
        return tensor;
    }

    private Binding BindingOf(int rows) => _bindings[rows] ??= Bind(rows);

    private Binding Bind(int rows)
    {
        var io = _session.CreateBinding();
        var inputs = _layout.Inputs.Select((row, i) =>
        {
            var info = _session.Inputs[i];
            var shape = _layout.Shape(row, rows);
            var value = info.Type == TensorType.Text ? OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape) : Over(_inputs[i], info.Type, shape, rows * _inputBytes[i]);
            io.BindInput(info.Name, value);
            return value;
        }).ToArray();
        var outputs = new List<OrtValue>();
        for (var i = 0; i < _outputs.Length; i++)
        {
            var info = _session.Outputs[i].Tensor;
            if (_layout.Outputs[i] is { } row)
            {
                outputs.Add(Over(_outputs[i], info.Type, _layout.Shape(row, rows), rows * _outputBytes[i]));
                io.BindOutput(info.Name, outputs[^1]);
            }
            else
            {
                io.BindOutputToDevice(info.Name, OrtMemoryInfo.DefaultInstance);
            }
        }
        return new Binding(io, inputs, outputs);
    }

    private static OrtValue Over(byte[] pinned, TensorType type, long[] shape, int bytes) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type.Element(), shape, Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), bytes);

    private sealed record Binding(OrtIoBinding Io, OrtValue[] Inputs, IReadOnlyList<OrtValue> Outputs) : IDisposable
    {
        public void Dispose()
        {
            Io.Dispose();
            foreach (var value in Inputs) value.Dispose();
            foreach (var value in Outputs) value.Dispose();
        }
    }
}
