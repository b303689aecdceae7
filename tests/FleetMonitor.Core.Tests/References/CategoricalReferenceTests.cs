using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using Xunit;

namespace FleetMonitor.Core.Tests.References;

public sealed class CategoricalReferenceTests
{
    [Fact]
    public void BinOf_ACategoryOfAnOldReference_FindsItsSpelling()
    {
        var reference = CategoricalReference.Build("c", ColumnRole.Feature, 60, new Dictionary<string, long> { ["True"] = 30, ["1.0"] = 20, ["false"] = 6, ["False"] = 4 });
        Assert.Equal([0, 0, 1, 1, 2, 3, -1], new[] { "True", "true", "1.0", "1", "false", "False", "2" }.Select(reference.BinOf));
    }

    [Fact]
    public void BinOf_AClass_IsOfItsOwnSpellingOnly() =>
        Assert.Equal(-1, CategoricalReference.Build("prediction", ColumnRole.Prediction, 1, new Dictionary<string, long> { ["True"] = 1 }).BinOf("true"));
}
