using System.Text;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Specs;

public sealed class SpecJsonTests
{
    private const string Full = """
        {"task":"binary","positive":"1","version":"3","team":"risk","family":"credit","tier":"1",
         "features":[{"name":"amount","kind":"numeric","min":0},{"name":"country","kind":"categorical"}],
         "windows":["5m","1h","24h","7d"],"headline_window":"1h","min_samples":100,"label_delay":"2d","label_horizon":"7d","segments":["region"],
         "thresholds":{"accuracy":0.85,"confidence":0.7,"latency_seconds":1,"drift":{"ks":0.1,"psi":0.2}},"reference":{"capture":5000}}
        """;

    [Fact]
    public void Parse_OfEveryMember_ReadsEachAndWritesItBack()
    {
        var spec = Parsed(Full);
        Assert.Equal(TaskKind.Binary, spec.Task);
        Assert.Equal("3", spec.Version);
        Assert.Equal([new FeatureSpec("amount", FeatureKind.Numeric, 0), new FeatureSpec("country", FeatureKind.Categorical)], spec.Features);
        Assert.Equal(TimeSpan.FromDays(2), spec.LabelDelay);
        var again = Parsed(Encoding.UTF8.GetString(SpecJson.Write(spec)));
        Assert.Equal(SpecJson.Write(spec), SpecJson.Write(again));
    }

    [Fact]
    public void Parse_OfAnEmptyObject_IsAllDefaults()
    {
        var spec = Parsed("{}");
        Assert.Equal(0.85, spec.Thresholds.Accuracy);
        Assert.Equal(0.1, spec.Thresholds.Drift.Ks);
        Assert.Equal(5_000, spec.Reference.Capture);
        Assert.Null(spec.Features);
    }

    /// <summary>Bounds the wrong way round, a label that comes later than the horizon, a headline that is no other window: each can be meant in one way only.</summary>
    [Fact]
    public void Parse_OfWhatCanBeMeantInOneWayOnly_TakesItSo()
    {
        var spec = SpecJson.Parse("""{"windows":["5m"],"headline_window":"3h","label_delay":"30d","label_horizon":"7d","features":[{"name":"a","kind":"numeric","min":5,"max":-1}]}"""u8).Spec!;
        Assert.Equal((-1, 5), (spec.Features![0].Min!.Value, spec.Features[0].Max!.Value));
        Assert.Equal((TimeSpan.FromDays(30), TimeSpan.FromDays(30)), (spec.LabelDelay, spec.LabelHorizon));
        Assert.Equal((TimeSpan.FromHours(3), 1), (spec.HeadlineWindow, spec.Windows.Count));
        Assert.Equal(SpecJson.Write(spec), SpecJson.Write(SpecJson.Parse(SpecJson.Write(spec)).Spec!));
    }

    [Fact]
    public void Parse_OfManyMistakes_ListsThemAll()
    {
        var errors = SpecJson.Parse("""{"windows":["90m"],"headline_window":"61s","min_samples":0,"features":[{"name":"","kind":"numeric"},{"name":"a","kind":"categorical","min":1}],"thresholds":{"accuracy":2}}"""u8).Errors;
        Assert.Equal(["features[0].name", "features[1]", "windows[0]", "headline_window", "min_samples", "thresholds.accuracy"], errors.Select(e => e.Field));
        Assert.Contains("whole minutes up to 1h", errors[2].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tsak":"binary"}""")]
    [InlineData("""{"task":"ternary"}""")]
    [InlineData("""{"label_delay":"soon"}""")]
    [InlineData("""{"min_samples":"many"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"windows":null}""")]
    [InlineData("""{"features":[null]}""")]
    [InlineData("""{"thresholds":{"drift":null}}""")]
    [InlineData("""{"segments":[null]}""")]
    public void Parse_OfWhatIsNoSpec_SaysWhy(string json)
    {
        var parse = SpecJson.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Null(parse.Spec);
        var error = Assert.Single(parse.Errors).Message;
        Assert.NotEmpty(error);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("FleetMonitor.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"task":"ternary"}""", "task", "expected \"binary\", \"multiclass\" or \"regression\"")]
    [InlineData("""{"min_samples":"many"}""", "min_samples", "expected a whole number")]
    [InlineData("""{"thresholds":{"drift":{"ks":"x"}}}""", "thresholds.drift.ks", "expected a number")]
    [InlineData("""{"windows":"5m"}""", "windows", "expected an array")]
    [InlineData("""{"windows":["soon"]}""", "windows[0]", "expected a duration such as \"5m\", \"1h\" or \"7d\"")]
    [InlineData("""{"features":[{"name":"a","kind":"text"}]}""", "features[0].kind", "expected \"numeric\" or \"categorical\"")]
    [InlineData("""{"tsak":"binary"}""", "tsak", "is no member of a spec")]
    [InlineData("""{"detectors":[{"on":"error","detector":"adwn"}]}""", "detectors[0].detector", "expected \"adwin\", \"page-hinkley\", \"ddm\", \"eddm\", \"hddm-a\", \"kswin\"")]
    [InlineData("""{"detectors":[{"on":"error","detector":"adwin","clock":"often"}]}""", "detectors[0].clock", "expected a whole number")]
    [InlineData("""{"detectors":[{"on":"error","detector":"hddm-a","two_sided_test":1}]}""", "detectors[0].two_sided_test", "expected true or false")]
    [InlineData("""{"detectors":[{"on":"error","detector":"adwin","dleta":1}]}""", "detectors[0].dleta", "is no member of a spec")]
    public void Parse_OfAWrongMember_NamesItAndWhatWasExpected(string json, string field, string message)
    {
        var error = Assert.Single(SpecJson.Parse(Encoding.UTF8.GetBytes(json)).Errors);
        Assert.Equal((field, message), (error.Field, error.Message));
    }

    [Fact]
    public void Parse_OfDetectors_ReadsTheirParametersAndWritesThemBack()
    {
        var spec = Parsed("""
            {"detectors":[{"on":"error","detector":"adwin","delta":0.001,"clock":1},{"on":"score","detector":"page-hinkley","mode":"up","threshold":20},
             {"on":"error","detector":"hddm-a","two_sided_test":true},{"on":"feature:a b","detector":"kswin","window_size":300,"stat_size":100,"seed":7}]}
            """);
        Assert.Equal(new DetectorSpec { On = "error", Detector = DetectorKind.Adwin, Delta = 0.001, Clock = 1 }, spec.Detectors![0]);
        Assert.Equal("a b", spec.Detectors[3].Feature);
        Assert.Equal(spec.Detectors, Parsed(Encoding.UTF8.GetString(SpecJson.Write(spec))).Detectors);
        Assert.Null(Parsed("{}").Detectors);
    }

    [Fact]
    public void Parse_OfDetectorsWithMistakes_ListsThemAll()
    {
        var errors = SpecJson.Parse("""
            {"task":"regression","features":[{"name":"c","kind":"categorical"}],"detectors":[{"on":"error","detector":"adwin","delta":1,"threshold":3},{"on":"errors","detector":"adwin"},{"on":"error","detector":"ddm"},
             {"on":"feature:d","detector":"kswin","stat_size":60},{"on":"feature:c","detector":"adwin"},{"on":"error","detector":"adwin"},{"on":"confidence","detector":"adwin"},{"on":"score"},
             {"on":"score","detector":"page-hinkley","alpha":0}]}
            """u8).Errors;
        Assert.Equal(
            [
                "detectors: expected at most 8, got 9",
                "detectors[0].delta: expected more than 0, below 1, got 1",
                "detectors[0].threshold: is no parameter of adwin",
                "detectors[1].on: expected \"error\", \"confidence\", \"score\" or \"feature:NAME\", got \"errors\"",
                "detectors[2].on: \"ddm\" takes the errors of a classification only",
                "detectors[3].on: there is no feature \"d\"",
                "detectors[3].stat_size: expected at most half of window_size, 50, got 60",
                "detectors[4].on: feature \"c\" is categorical",
                "detectors[5]: \"adwin\" is on \"error\" twice",
                "detectors[6].on: a regression has no confidence",
                "detectors[7].detector: expected \"adwin\", \"page-hinkley\", \"ddm\", \"eddm\", \"hddm-a\", \"kswin\"",
                "detectors[8].alpha: expected more than 0, at most 1, got 0",
            ],
            errors.Select(e => e.ToString()));
    }

    private static ModelSpec Parsed(string json)
    {
        var parse = SpecJson.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Empty(parse.Errors);
        return parse.Spec!;
    }
}
