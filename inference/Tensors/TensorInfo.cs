namespace FleetMonitor.Inference.Tensors;

/// <summary>An input or output of a model.</summary>
/// <param name="Shape">Its dimensions, -1 where any length is good; null when the model file does not say even how many there are.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long>? Shape)
{
    /// <summary>What keeps a tensor of these dimensions from being this input; null when nothing does.</summary>
    public string? Refuse(TensorType type, ReadOnlySpan<long> shape)
    {
        if (type != Type) return $"input \"{Name}\": expected datatype {Type.Name()}, got {type.Name()}";
        if (Shape is null) return null;
        if (shape.Length != Shape.Count) return $"input \"{Name}\": expected shape {Describe(Shape)}, got {Describe(shape.ToArray())}";
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (Shape[axis] >= 0 && Shape[axis] != shape[axis]) return $"input \"{Name}\": expected shape {Describe(Shape)}, got {Describe(shape.ToArray())}";
        }
        return null;
    }

    public static string Describe(IReadOnlyList<long> shape) => $"[{string.Join(',', shape)}]";
}
