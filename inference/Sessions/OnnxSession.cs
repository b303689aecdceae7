using System.Buffers;
using FleetMonitor.Inference.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace FleetMonitor.Inference.Sessions;

/// <summary>A model file in the runtime, with what it takes and gives. Thread-safe; runs do not wait for each other.</summary>
internal sealed class OnnxSession : IDisposable
{
    private const long SmallBytes = 8 << 20;

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    private OnnxSession(InferenceSession session, int threads)
    {
        _session = session;
        Threads = threads;
        Inputs = [.. session.InputNames.Select(name => Input(name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => Output(name, session.OutputMetadata[name]))];
        if (Inputs.Count == 0 || Outputs.Count == 0) throw Refused("the model has no input or no output");
        _inputNames = [.. Inputs.Select(i => i.Name)];
        _outputNames = [.. Outputs.Select(o => o.Tensor.Name)];
    }

    /// <summary>Threads of one run.</summary>
    public int Threads { get; }

    public IReadOnlyList<TensorInfo> Inputs { get; }

    public IReadOnlyList<OutputInfo> Outputs { get; private set; }

    /// <summary>The classes of an output of maps, known since its first run; null for other outputs.</summary>
    public IReadOnlyList<string>? MapClasses { get; private set; }

    /// <exception cref="InferenceException">It is no model that can be served; the message says why.</exception>
    public static OnnxSession Load(string path, int? threads, int cores)
    {
        try
        {
            var used = threads ?? (new FileInfo(path).Length < SmallBytes ? 1 : cores);
            using var options = new SessionOptions
            {
                IntraOpNumThreads = used,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            // Threads that spin while nothing comes would take the machine from everyone else.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            var session = new InferenceSession(path, options);
            try
            {
                return new OnnxSession(session, used);
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            throw Refused(Shorten(exception.Message), exception);
        }
    }

    /// <summary>One run over tensors of any shape that the model takes; the answer's memory is made for it.</summary>
    /// <exception cref="InferenceException">The model failed on them.</exception>
    public Tensor[] Run(IReadOnlyList<Tensor> inputs)
    {
        var values = new OrtValue[inputs.Count];
        var pins = new MemoryHandle[inputs.Count];
        try
        {
            for (var i = 0; i < values.Length; i++) values[i] = Value(inputs[i], out pins[i]);
            using var outputs = _session.Run(_run, _inputNames, values, _outputNames);
            return Read(outputs);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Failed(exception);
        }
        finally
        {
            foreach (var value in values) value?.Dispose();
            foreach (var pin in pins) pin.Dispose();
        }
    }

    public OrtIoBinding CreateBinding() => _session.CreateIoBinding();

    /// <summary>One run over memory that is bound already.</summary>
    /// <exception cref="InferenceException">The model failed on it.</exception>
    public void Run(OrtIoBinding binding)
    {
        try
        {
            _session.RunWithBinding(_run, binding);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Failed(exception);
        }
    }

    public Tensor Read(int output, OrtValue value) => Outputs[output].IsMaps ? ReadMaps(output, value) : TensorOf(Outputs[output].Tensor.Name, value);

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private Tensor[] Read(IDisposableReadOnlyCollection<OrtValue> values)
    {
        var read = new Tensor[values.Count];
        try
        {
            for (var i = 0; i < read.Length; i++) read[i] = Read(i, values[i]);
            return read;
        }
        catch
        {
            foreach (var tensor in read) tensor?.Dispose();
            throw;
        }
    }

    private Tensor ReadMaps(int output, OrtValue rows)
    {
        var reader = new MapRows(Outputs[output].Tensor.Name, rows);
        if (MapClasses is null)
        {
            MapClasses = reader.Classes;
            Outputs = [.. Outputs.Select((o, i) => i == output ? o with { Tensor = o.Tensor with { Shape = [-1, reader.Classes.Count] } } : o)];
        }
        return reader.Tensor;
    }

    private static Tensor TensorOf(string name, OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        if (TensorTypes.Of(info.ElementDataType) is not { } type) throw new InferenceException(InferenceFailure.Failed, $"output \"{name}\" came as {info.ElementDataType}, which the protocol cannot carry");
        var count = checked((int)info.ElementCount);
        var tensor = Tensor.Rent(name, type, info.Shape, count);
        if (type == TensorType.Text)
        {
            for (var i = 0; i < count; i++) tensor.Append(value.GetStringElementAsSpan(i));
        }
        else if (count > 0)
        {
            value.GetTensorMutableRawData().CopyTo(tensor.Bytes);
        }
        return tensor;
    }

    private static OrtValue Value(Tensor tensor, out MemoryHandle pin)
    {
        pin = default;
        if (tensor.Type == TensorType.Text)
        {
            var texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape);
            for (var i = 0; i < tensor.Count; i++) texts.StringTensorSetElementAt(tensor.Text(i), i);
            return texts;
        }
        pin = tensor.Memory.Pin();
        unsafe
        {
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, tensor.Type.Element(), tensor.Shape, (nint)pin.Pointer, tensor.Bytes.Length);
        }
    }

    private static TensorInfo Input(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR) throw Refused($"input \"{name}\" is no tensor");
        return Info(name, metadata, "input");
    }

    private static OutputInfo Output(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR) return new OutputInfo(Info(name, metadata, "output"), false);
        if (metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE && metadata.AsSequenceMetadata().ElementMeta is { OnnxValueType: OnnxValueType.ONNX_TYPE_MAP } element)
        {
            var map = element.AsMapMetadata();
            if (map.KeyDataType is Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 or Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.String
                && map.ValueMetadata is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float })
            {
                return new OutputInfo(new TensorInfo(name, TensorType.Float32, [-1, -1]), true);
            }
        }
        throw Refused($"output \"{name}\" is neither a tensor nor a sequence of maps from a class to its probability");
    }

    private static TensorInfo Info(string name, NodeMetadata metadata, string role)
    {
        if (TensorTypes.Of(metadata.ElementDataType) is not { } type) throw Refused($"{role} \"{name}\" is of type {metadata.ElementDataType}, which the protocol cannot carry");
        // The runtime tells a scalar from a shape that nobody knows as little as we can.
        return new TensorInfo(name, type, metadata.Dimensions.Length == 0 ? null : [.. metadata.Dimensions.Select(d => d < 0 ? -1L : d)]);
    }

    private static InferenceException Refused(string reason, Exception? inner = null) => new(InferenceFailure.Unavailable, reason, inner);

    private static InferenceException Failed(OnnxRuntimeException exception) =>
        new(exception.Message.Contains("ErrorCode:InvalidArgument", StringComparison.Ordinal) ? InferenceFailure.Invalid : InferenceFailure.Failed, Shorten(exception.Message), exception);

    private static string Shorten(string message) => message.Length <= 500 ? message : $"{message[..500]}…";
}
