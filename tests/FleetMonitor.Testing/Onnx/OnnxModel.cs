using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FleetMonitor.Testing.Onnx;

/// <summary>Element types as ONNX numbers them.</summary>
public enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Half = 10,
    Double = 11,
    UInt32 = 12,
    UInt64 = 13,
}

/// <summary>Builds ONNX model files: operators of ai.onnx 17 and ai.onnx.ml 3, in the order in which they run.</summary>
public sealed class OnnxModel
{
    /// <summary>The domain of trees, linear models and maps.</summary>
    public const string Ml = "ai.onnx.ml";

    private readonly List<Action<ProtoWriter>> _graph = [];

    /// <summary>A dimension of -1 is the batch's.</summary>
    public OnnxModel Input(string name, OnnxType type, params long[] shape) => Add(graph => graph.Message(11, info => Tensor(info, name, type, shape)));

    public OnnxModel Output(string name, OnnxType type, params long[] shape) => Add(graph => graph.Message(12, info => Tensor(info, name, type, shape)));

    /// <summary>A sequence of maps from a class to its probability.</summary>
    public OnnxModel OutputMaps(string name, bool textKeys) => Add(graph => graph.Message(12, info => info
        .Text(1, name)
        .Message(2, type => type.Message(4, sequence => sequence.Message(1, element => element.Message(5, map => map
            .Number(1, (long)(textKeys ? OnnxType.Text : OnnxType.Int64))
            .Message(2, value => value.Message(1, tensor => tensor.Number(1, (long)OnnxType.Float).Message(2, _ => { })))))))));

    public OnnxModel Weights(string name, float[] values, params long[] shape) => Add(graph => graph.Message(5, tensor =>
    {
        foreach (var dimension in shape) tensor.Number(1, dimension);
        tensor.Number(2, (long)OnnxType.Float).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values).ToArray());
    }));

    /// <param name="attributes">Values: long, float, string, or arrays of those.</param>
    public OnnxModel Node(string type, string[] inputs, string[] outputs, string domain = "", params (string Name, object Value)[] attributes) => Add(graph => graph.Message(1, node =>
    {
        foreach (var input in inputs) node.Text(1, input);
        foreach (var output in outputs) node.Text(2, output);
        node.Text(4, type);
        foreach (var (name, value) in attributes) node.Message(5, attribute => Attribute(attribute, name, value));
        node.Text(7, domain);
    }));

    public byte[] ToArray()
    {
        var model = new ProtoWriter();
        model.Number(1, 8).Text(2, "FleetMonitor");
        model.Message(7, graph =>
        {
            graph.Text(2, "graph");
            foreach (var part in _graph) part(graph);
        });
        model.Message(8, opset => opset.Text(1, "").Number(2, 17));
        model.Message(8, opset => opset.Text(1, Ml).Number(2, 3));
        return model.ToArray();
    }

    /// <summary>Saves it where a repository has it, and returns the model's folder.</summary>
    public string Save(string repository, string name, long version = 1)
    {
        var folder = Path.Combine(repository, name);
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, version.ToString(CultureInfo.InvariantCulture))).FullName, "model.onnx");
        File.WriteAllBytes(file, ToArray());
        return folder;
    }

    private OnnxModel Add(Action<ProtoWriter> part)
    {
        _graph.Add(part);
        return this;
    }

    private static void Tensor(ProtoWriter info, string name, OnnxType type, long[] shape) => info.Text(1, name).Message(2, of => of.Message(1, tensor => tensor
        .Number(1, (long)type)
        .Message(2, dimensions =>
        {
            foreach (var length in shape)
            {
                dimensions.Message(1, dimension =>
                {
                    if (length < 0) dimension.Text(2, "N");
                    else dimension.Number(1, length);
                });
            }
        })));

    private static void Attribute(ProtoWriter attribute, string name, object value)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case float number: attribute.Float(2, number).Number(20, 1); break;
            case long number: attribute.Number(3, number).Number(20, 2); break;
            case string text: attribute.Text(4, text).Number(20, 3); break;
            case float[] numbers:
                foreach (var number in numbers) attribute.Float(7, number);
                attribute.Number(20, 6);
                break;
            case long[] numbers:
                foreach (var number in numbers) attribute.Number(8, number);
                attribute.Number(20, 7);
                break;
            case string[] texts:
                foreach (var text in texts) attribute.Bytes(9, Encoding.UTF8.GetBytes(text));
                attribute.Number(20, 8);
                break;
            default: throw new ArgumentException($"An attribute of type {value.GetType()}.", nameof(value));
        }
    }
}
