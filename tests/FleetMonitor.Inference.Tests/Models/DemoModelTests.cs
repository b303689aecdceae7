using FleetMonitor.Inference.Models;

namespace FleetMonitor.Inference.Tests.Models;

public sealed class DemoModelTests
{
    private static readonly string Folder = Path.Combine(FleetMonitor.Testing.Repository.Root, "cli", "Demo", "models", DemoModel.Name);

    [Fact]
    public void File_InTheTree_IsWhatItsCodeWrites()
    {
        if (Environment.GetEnvironmentVariable("FLEETMONITOR_WRITE_DEMO") == "1") DemoModel.Build().Save(Path.GetDirectoryName(Folder)!, DemoModel.Name);
        Assert.Equal(DemoModel.Build().ToArray(), File.ReadAllBytes(Path.Combine(Folder, "1", "model.onnx")));
    }

    [Fact]
    public async Task File_Served_GivesTheClassAndItsProbability()
    {
        await using var loaded = new Loaded(DemoModel.Build(), SettingsFiles.Read(Folder));
        Assert.Equal((PredictionKind?)PredictionKind.Binary, loaded.Model.Roles.Kind);
        Assert.Equal(DemoModel.Classes, loaded.Model.Roles.Classes);
        Assert.Equal(["amount", "distance_from_home_km", "card_age_days"], loaded.Model.FeatureNames[0]);
        using var input = Loaded.Floats("X", [2, 3], 900, 120, 30, 12, 3, 1500);
        var outputs = (await loaded.Model.InferAsync([input])).Outputs;
        Assert.Equal(["fraud", "legit"], Loaded.Texts(outputs[0]));
        double[] odds = [DemoModel.LogOdds(900, 120, 30), DemoModel.LogOdds(12, 3, 1500)];
        for (var row = 0; row < 2; row++) Assert.Equal(1 / (1 + Math.Exp(-odds[row])), outputs[1].As<float>()[(row * 2) + 1], 1e-5);
    }
}
