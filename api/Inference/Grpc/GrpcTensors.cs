using System.Text;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace FleetMonitor.Api.Inference.Grpc;

/// <summary>Tensors in gRPC messages: raw, or in the field of their type.</summary>
internal static class GrpcTensors
{
    private const int MaxIdBytes = 1_024;

    /// <param name="into">Gets the tensors read, also where it throws.</param>
    /// <exception cref="InferenceException">They are not what they say; the message names the input.</exception>
    public static void Read(ModelInferRequest request, int maxElements, List<Tensor> into)
    {
        if (Encoding.UTF8.GetByteCount(request.Id) > MaxIdBytes) throw Wrong($"id: expected at most {MaxIdBytes} bytes");
        if (request.Inputs.Count == 0) throw Wrong("inputs: expected at least one");
        var raw = request.RawInputContents;
        if (raw.Count > 0 && raw.Count != request.Inputs.Count) throw Wrong($"raw_input_contents: expected one for each of {request.Inputs.Count} inputs, got {raw.Count}");
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            if (TensorTypes.Parse(input.Datatype) is not { } type) throw Wrong($"input \"{Shorten(input.Name)}\": expected a datatype of the protocol, such as FP32; got \"{Shorten(input.Datatype)}\"");
            long[] shape = [.. input.Shape];
            var count = TensorBytes.Count(input.Name, shape, maxElements);
            if (raw.Count > 0 && input.Contents is not null) throw Wrong($"input \"{input.Name}\": expected contents or raw_input_contents, got both");
            var tensor = raw.Count > 0 ? TensorBytes.Read(input.Name, type, shape, count, raw[i].Span) : ReadContents(input, type, shape, count);
            into.Add(tensor);
            maxElements -= count;
        }
    }

    public static void Write(IReadOnlyList<Tensor> outputs, ModelInferResponse response, bool raw)
    {
        foreach (var output in outputs)
        {
            var tensor = new ModelInferResponse.Types.InferOutputTensor { Name = output.Name, Datatype = output.Type.Name(), Shape = { output.Shape } };
            response.Outputs.Add(tensor);
            // There is no field for FP16, and outputs come all the same way.
            if (raw || outputs.Any(o => o.Type == TensorType.Float16))
            {
                var bytes = new byte[TensorBytes.Length(output)];
                TensorBytes.Write(output, bytes);
                response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(bytes));
            }
            else
            {
                tensor.Contents = Contents(output);
            }
        }
    }

    private static Tensor ReadContents(ModelInferRequest.Types.InferInputTensor input, TensorType type, long[] shape, int count)
    {
        var contents = input.Contents ?? new InferTensorContents();
        return type switch
        {
            TensorType.Bool => Fill(contents.BoolContents, value => value ? (byte)1 : (byte)0),
            TensorType.Int8 => Fill(contents.IntContents, value => (sbyte)Within(value, sbyte.MinValue, sbyte.MaxValue)),
            TensorType.Int16 => Fill(contents.IntContents, value => (short)Within(value, short.MinValue, short.MaxValue)),
            TensorType.Int32 => Fill(contents.IntContents, value => value),
            TensorType.Int64 => Fill(contents.Int64Contents, value => value),
            TensorType.UInt8 => Fill(contents.UintContents, value => (byte)Within(value, 0, byte.MaxValue)),
            TensorType.UInt16 => Fill(contents.UintContents, value => (ushort)Within(value, 0, ushort.MaxValue)),
            TensorType.UInt32 => Fill(contents.UintContents, value => value),
            TensorType.UInt64 => Fill(contents.Uint64Contents, value => value),
            TensorType.Float32 => Fill(contents.Fp32Contents, value => value),
            TensorType.Float64 => Fill(contents.Fp64Contents, value => value),
            TensorType.Text => FillTexts(contents.BytesContents),
            _ => throw Wrong($"input \"{input.Name}\": expected {type.Name()} in raw_input_contents, which alone carries it"),
        };

        Tensor Fill<TField, TElement>(RepeatedField<TField> field, Func<TField, TElement> convert) where TElement : unmanaged
        {
            Require(field.Count);
            var tensor = Tensor.Rent(input.Name, type, shape, count);
            try
            {
                var elements = tensor.As<TElement>();
                for (var i = 0; i < elements.Length; i++) elements[i] = convert(field[i]);
                return tensor;
            }
            catch
            {
                tensor.Dispose();
                throw;
            }
        }

        Tensor FillTexts(RepeatedField<ByteString> texts)
        {
            Require(texts.Count);
            var tensor = Tensor.Rent(input.Name, type, shape, count);
            foreach (var text in texts)
            {
                if (System.Text.Unicode.Utf8.IsValid(text.Span))
                {
                    tensor.Append(text.Span);
                    continue;
                }
                tensor.Dispose();
                throw Wrong($"input \"{input.Name}\": element {tensor.Texts} is no UTF-8");
            }
            return tensor;
        }

        void Require(int got)
        {
            if (got != count) throw Wrong($"input \"{input.Name}\": expected {count} elements of {type.Name()} for shape {TensorInfo.Describe(shape)}, got {got}");
        }

        long Within(long value, long min, long max) => value >= min && value <= max ? value : throw Wrong($"input \"{input.Name}\": expected {type.Name()}, got {value}");
    }

    private static InferTensorContents Contents(Tensor tensor)
    {
        var contents = new InferTensorContents();
        switch (tensor.Type)
        {
            case TensorType.Bool: foreach (var value in tensor.Bytes) contents.BoolContents.Add(value != 0); break;
            case TensorType.Int8: foreach (var value in tensor.As<sbyte>()) contents.IntContents.Add(value); break;
            case TensorType.Int16: foreach (var value in tensor.As<short>()) contents.IntContents.Add(value); break;
            case TensorType.Int32: contents.IntContents.AddRange(tensor.As<int>()); break;
            case TensorType.Int64: contents.Int64Contents.AddRange(tensor.As<long>()); break;
            case TensorType.UInt8: foreach (var value in tensor.Bytes) contents.UintContents.Add(value); break;
            case TensorType.UInt16: foreach (var value in tensor.As<ushort>()) contents.UintContents.Add(value); break;
            case TensorType.UInt32: contents.UintContents.AddRange(tensor.As<uint>()); break;
            case TensorType.UInt64: contents.Uint64Contents.AddRange(tensor.As<ulong>()); break;
            case TensorType.Float32: contents.Fp32Contents.AddRange(tensor.As<float>()); break;
            case TensorType.Float64: contents.Fp64Contents.AddRange(tensor.As<double>()); break;
            default: for (var i = 0; i < tensor.Count; i++) contents.BytesContents.Add(ByteString.CopyFrom(tensor.Text(i))); break;
        }
        return contents;
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : $"{text[..40]}…";

    private static InferenceException Wrong(string message) => new(InferenceFailure.Invalid, message);
}
