using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Sessions;

/// <summary>Finds out whether a model answers row by row, by running it: two made-up rows together must give what each gives alone.</summary>
/// <remarks>
/// A first dimension that is open need not be a batch's: it may be the length of a sequence, or the model may average over it. Merging strangers' requests
/// would then give wrong answers.
/// Where the model refuses made-up rows (a category that it does not know), its declared shapes are believed.
/// </remarks>
internal static class BatchProbe
{
    /// <summary>Runs of other lengths may round differently; what influences another row does so by more.</summary>
    private const double Tolerance = 1e-3;

    /// <param name="note">Why there is none although the shapes would allow it; null otherwise.</param>
    public static bool HasBatch(OnnxSession session, out string? note)
    {
        note = null;
        if (!session.Inputs.All(i => i.Shape is [-1, ..]) || !session.Outputs.All(o => o.Tensor.Shape is null or [-1, ..])) return false;
        Tensor[] first, second;
        try
        {
            first = Run(session, 0);
            second = Run(session, 1);
        }
        catch (InferenceException)
        {
            return session.Outputs.All(o => o.Tensor.Shape is not null);
        }
        try
        {
            var both = Run(session, 0, 1);
            note = both.Select((tensor, i) => Differs(tensor, first[i], second[i])).FirstOrDefault(reason => reason is not null);
            Dispose(both);
        }
        catch (InferenceException exception)
        {
            note = $"two rows together fail: {exception.Message}";
        }
        Dispose(first);
        Dispose(second);
        return note is null;
    }

    /// <summary>Made-up inputs: each row all zeros or all ones (texts: empty or "1"), dimensions of open length 1.</summary>
    public static Tensor[] Inputs(OnnxSession session, params ReadOnlySpan<byte> rows)
    {
        var inputs = new Tensor[session.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var info = session.Inputs[i];
            long[] shape = [.. (info.Shape ?? []).Select(d => Math.Max(1, d))];
            if (shape.Length > 0 && info.Shape![0] < 0) shape[0] = rows.Length;
            var count = RowLayout.Elements(shape);
            inputs[i] = Tensor.Rent(info.Name, info.Type, shape, count);
            for (var element = 0; element < count; element++) Set(inputs[i], element, rows[(int)((long)element * rows.Length / count)]);
        }
        return inputs;
    }

    private static void Set(Tensor tensor, int element, byte value)
    {
        switch (tensor.Type)
        {
            case TensorType.Text: tensor.Append(value == 0 ? ""u8 : "1"u8); break;
            case TensorType.Float16: tensor.As<Half>()[element] = (Half)value; break;
            case TensorType.Float32: tensor.As<float>()[element] = value; break;
            case TensorType.Float64: tensor.As<double>()[element] = value; break;
            default:
                var width = tensor.Type.Width();
                var bytes = tensor.Bytes.Slice(element * width, width);
                bytes.Clear();
                bytes[0] = value;
                break;
        }
    }

    private static Tensor[] Run(OnnxSession session, params ReadOnlySpan<byte> rows)
    {
        var inputs = Inputs(session, rows);
        try
        {
            return session.Run(inputs);
        }
        finally
        {
            Dispose(inputs);
        }
    }

    private static string? Differs(Tensor both, Tensor first, Tensor second)
    {
        if (both.Shape.Length == 0 || both.Shape[0] != 2 || first.Shape.Length == 0 || first.Shape[0] != 1 || both.Count != first.Count + second.Count)
        {
            return $"output \"{both.Name}\" has shape {TensorInfo.Describe(first.Shape)} for one row and {TensorInfo.Describe(both.Shape)} for two";
        }
        for (var i = 0; i < both.Count; i++)
        {
            double together = Number(both, i), alone = i < first.Count ? Number(first, i) : Number(second, i - first.Count);
            if (Math.Abs(together - alone) > Tolerance * (1 + Math.Abs(alone))) return $"output \"{both.Name}\": a row's answer depends on the rows beside it";
        }
        return null;
    }

    /// <summary>Classes are not compared: where two are as likely, rounding decides.</summary>
    private static double Number(Tensor tensor, int element) => tensor.Type switch
    {
        TensorType.Float16 => (double)tensor.As<Half>()[element],
        TensorType.Float32 => tensor.As<float>()[element],
        TensorType.Float64 => tensor.As<double>()[element],
        _ => 0,
    };

    private static void Dispose(Tensor[] tensors)
    {
        foreach (var tensor in tensors) tensor.Dispose();
    }
}
