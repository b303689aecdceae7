using FleetMonitor.Inference.Models;

namespace FleetMonitor.Inference.Tests.Models;

public sealed class SettingsTests
{
    [Fact]
    public void Read_ConfigPbtxt_TakesWhatHasAMeaningHere()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("labels.txt"), "no\nyes\n");
        File.WriteAllText(folder.File("config.pbtxt"), """
            # As a converter writes it.
            name: "fraud" platform: "onnxruntime_onnx"
            max_batch_size: 32
            input [ { name: "X", data_type: TYPE_FP32, dims: [ 6 ] } ]
            output [
              { name: "label" data_type: TYPE_STRING dims: 1 label_filename: 'lab' 'els.txt' }
            ]
            dynamic_batching {
              preferred_batch_size: [ 8, 16 ]
              max_queue_delay_microseconds: 500
              default_queue_policy < max_queue_size: 7; default_timeout_microseconds: 2500000 >
            }
            version_policy: { specific: { versions: [1, 3] } }
            instance_group [ { count: 2 kind: KIND_CPU } ]
            model_warmup [ { name: "zeros" batch_size: 1 inputs { key: "X" value: { zero_data: true } } } ]
            """);
        var settings = SettingsFiles.Read(folder.Path);
        Assert.Equal(((bool?)true, 32, TimeSpan.FromMicroseconds(500)), (settings.Batching.Enabled, settings.Batching.MaxRows, settings.Batching.MaxDelay));
        Assert.Equal([8, 16], settings.Batching.PreferredRows);
        Assert.Equal((7, TimeSpan.FromSeconds(2.5), (int?)2), (settings.MaxQueue, settings.Deadline, settings.Instances));
        Assert.Equal(["no", "yes"], settings.Labels);
        Assert.Equal([3, 1], settings.Versions.Choose([1, 2, 3]));
    }

    [Theory]
    [InlineData("max_batch_size: 0", false, 64)]
    [InlineData("max_batch_size: 16", false, 16)]
    [InlineData("max_batch_size: 16 dynamic_batching { }", true, 16)]
    [InlineData("dynamic_batching { }", true, 64)]
    [InlineData("backend: \"onnxruntime\"", null, 64)]
    public void Read_MaxBatchSize_MeansWhatItMeansToTriton(string text, bool? enabled, int rows)
    {
        var batching = ConfigPbtxt.Apply(new ModelSettings(), text, _ => []).Batching;
        Assert.Equal((enabled, rows), (batching.Enabled, batching.MaxRows));
    }

    [Fact]
    public void Read_ModelYaml_GoesOverConfigPbtxt()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("config.pbtxt"), "max_batch_size: 32 dynamic_batching {} version_policy { latest { num_versions: 2 } }");
        File.WriteAllText(folder.File("model.yaml"), """
            monitor: fraud-detector
            task: binary
            labels: [legit, fraud]
            positive: fraud
            outputs: { label: class, probabilities: scores }
            features:
              X: [amount, age]
            batching: { max_rows: 8, max_delay_microseconds: 250 }
            max_queue: 5
            deadline_seconds: 0.5
            warm_up: 0
            threads: 2
            """);
        var settings = SettingsFiles.Read(folder.Path);
        Assert.Equal(("fraud-detector", (PredictionKind?)PredictionKind.Binary, "fraud"), (settings.Monitor, settings.Task, settings.Positive));
        Assert.Equal(("class", "scores", (string?)null), (settings.LabelOutput, settings.ProbabilityOutput, settings.ValueOutput));
        Assert.Equal(["amount", "age"], settings.Features["X"]);
        Assert.Equal(((bool?)true, 8, TimeSpan.FromMicroseconds(250)), (settings.Batching.Enabled, settings.Batching.MaxRows, settings.Batching.MaxDelay));
        Assert.Equal((5, TimeSpan.FromSeconds(0.5), 0, (int?)2), (settings.MaxQueue, settings.Deadline, settings.WarmUp, settings.Threads));
        Assert.Equal([9, 4], settings.Versions.Choose([1, 4, 9]));
    }

    [Theory]
    [InlineData("config.pbtxt", "max_batch_size: x", "config.pbtxt: max_batch_size: expected a whole number, got \"x\"")]
    [InlineData("config.pbtxt", "name: \"a\"\ninput [ {", "config.pbtxt: line 2: expected '}', got the end")]
    [InlineData("config.pbtxt", "name \"a\"", "config.pbtxt: line 1: expected ':' or '{' behind name")]
    [InlineData("config.pbtxt", "max_batch_size: -1", "config.pbtxt: max_batch_size: expected 0 to 65536, got -1")]
    [InlineData("config.pbtxt", "output { label_filename: \"../secret\" }", "config.pbtxt: label_filename: expected the name of a file beside config.pbtxt, got \"../secret\"")]
    [InlineData("model.yaml", "task: guess", "model.yaml: task: expected binary, multiclass or regression, got \"guess\"")]
    [InlineData("model.yaml", "max_queue: 0", "model.yaml: max_queue: expected 1 to 1000000, got 0")]
    [InlineData("model.yaml", "monitor: fraud detector", "model.yaml: monitor: expected a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit, got \"fraud detector\"")]
    [InlineData("model.yaml", "monitor: eu/fraud", "model.yaml: monitor: expected a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit, got \"eu/fraud\"")]
    [InlineData("model.yaml", "monitor: ''", "model.yaml: monitor: expected a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit, got \"\"")]
    [InlineData("model.yaml", "versions: newest", "model.yaml: versions: expected all, latest or a list of whole numbers")]
    public void Read_WrongSettings_NameFilePlaceAndExpectation(string file, string text, string message)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File(file), text);
        Assert.Equal(message, Assert.Throws<InferenceException>(() => SettingsFiles.Read(folder.Path)).Message);
    }

    [Fact]
    public void Read_UnknownMemberOfYaml_IsAnError()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("model.yaml"), "monitor: a\nlables: [x]\n");
        Assert.Contains("lables", Assert.Throws<InferenceException>(() => SettingsFiles.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepMessages_AreRefused() =>
        Assert.Throws<FormatException>(() => TextProto.Parse(string.Concat(Enumerable.Repeat("a {", 100_000))));
}
