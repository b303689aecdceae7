using System.Text;

namespace FleetMonitor.Inference.Models;

/// <summary>What a model file says beyond what the runtime tells: which operator makes an output, and the classes of its classifiers.</summary>
/// <remarks>
/// Reads the few fields of ONNX's protobuf messages that are needed (ModelProto.graph = 7; GraphProto.node = 1; NodeProto.input = 1, output = 2, op_type =
/// 4, attribute = 5; AttributeProto.name = 1,
/// ints = 8, strings = 9) and skips the others. What it cannot read it does not say: the runtime is the judge of the file.
/// </remarks>
internal sealed class OnnxFile
{
    /// <summary>Larger files are weights for the most part; their outputs are then only what the runtime says of them.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>Operators that hand on what they are given.</summary>
    private static readonly HashSet<string> Passing = ["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Normalizer", "ZipMap", "Slice", "Gather", "Transpose"];

    private readonly Dictionary<string, Node> _byOutput = new(StringComparer.Ordinal);

    private OnnxFile()
    {
    }

    /// <summary>The classes that the file's first classifier names; null when none does.</summary>
    public IReadOnlyList<string>? Classes { get; private set; }

    public static OnnxFile Read(string path)
    {
        var file = new OnnxFile();
        if (new FileInfo(path).Length > MaxBytes) return file;
        try
        {
            file.Model(File.ReadAllBytes(path));
        }
        catch (InvalidDataException)
        {
            // Not a model; the runtime says why.
        }
        return file;
    }

    /// <summary>The operator that computes an output, behind those that only hand it on; null when the file does not say.</summary>
    public string? Maker(string output)
    {
        string? maker = null;
        for (var steps = 0; steps < 64 && _byOutput.TryGetValue(output, out var node); steps++)
        {
            maker = node.Operator;
            if (!Passing.Contains(maker) || node.FirstInput.Length == 0) break;
            output = node.FirstInput;
        }
        return maker;
    }

    private void Model(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next(out var field, out var value))
        {
            if (field == 7) Graph(value);
        }
    }

    private void Graph(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next(out var field, out var value))
        {
            if (field == 1) ReadNode(value);
        }
    }

    private void ReadNode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        string? input = null, type = null;
        List<string> outputs = [];
        while (reader.Next(out var field, out var value))
        {
            if (field == 1) input ??= Encoding.UTF8.GetString(value);
            else if (field == 2) outputs.Add(Encoding.UTF8.GetString(value));
            else if (field == 4) type = Encoding.UTF8.GetString(value);
            else if (field == 5) ReadAttribute(value);
        }
        foreach (var output in outputs) _byOutput.TryAdd(output, new Node(type ?? "", input ?? ""));
    }

    private void ReadAttribute(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var isClasses = false;
        List<string> texts = [], numbers = [];
        while (reader.Next(out var field, out var value))
        {
            if (field == 1) isClasses = value.StartsWith("classlabels_"u8);
            else if (field == 9) texts.Add(Encoding.UTF8.GetString(value));
            else if (field == 8) reader.Numbers(value, numbers);
        }
        var classes = texts.Count > 0 ? texts : numbers;
        if (isClasses && classes.Count > 1) Classes ??= classes;
    }

    private readonly record struct Node(string Operator, string FirstInput);
}
