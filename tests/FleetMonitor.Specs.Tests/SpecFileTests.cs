using System.Text;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Specs.Tests;

public sealed class SpecFileTests
{
    [Fact]
    public void Read_OfYaml_IsTheSpecThatTheSameJsonIs()
    {
        const string Yaml = """
            # Owned by the risk team.
            model: fraud-detector
            task: binary
            positive: "1"
            team: risk
            windows: [5m, 1h, 24h]
            min_samples: 200
            label_delay: 2d
            thresholds:
              accuracy: 0.9
              drift: { ks: 0.2 }
            features:
              - { name: amount, kind: numeric, min: 0 }
              - name: country
                kind: categorical
            multivariate: true
            detectors: []
            version: ~
            """;
        const string Json = """
            { // Owned by the risk team.
              "model": "fraud-detector", "task": "binary", "positive": "1", "team": "risk", "windows": ["5m", "1h", "24h"], "min_samples": 200, "label_delay": "2d",
              "thresholds": { "accuracy": 0.9, "drift": { "ks": 0.2 } }, "features": [{ "name": "amount", "kind": "numeric", "min": 0 }, { "name": "country", "kind": "categorical" }],
              "multivariate": true, "detectors": [], "version": null,
            }
            """;
        var yaml = One(Read("a/fraud.yaml", Yaml));
        var json = One(Read("fraud.json", Json));
        Assert.Equal(("fraud-detector", "a/fraud.yaml", 2), (yaml.Model, yaml.File, yaml.Line));
        Assert.Equal("fraud-detector", json.Model);
        Assert.Empty(SpecDifference.Between(yaml.Spec, json.Spec));
        Assert.Equal((0.9, 0.2, TimeSpan.FromDays(2)), (yaml.Spec.Thresholds.Accuracy, yaml.Spec.Thresholds.Drift.Ks, yaml.Spec.LabelDelay));
        Assert.Null(yaml.Spec.Version);
    }

    [Fact]
    public void Read_OfAFileWithoutAName_TakesTheFiles() => Assert.Equal("churn.eu", One(Read("teams/churn.eu.yaml", "team: growth")).Model);

    [Fact]
    public void Read_OfSeveralDocuments_TakesEach()
    {
        var yaml = Read("all.yaml", "model: a\nteam: x\n---\nmodel: b\n---\n# nothing\n");
        Assert.Empty(yaml.Mistakes);
        Assert.Equal([("a", 1), ("b", 4)], yaml.Documents.Select(d => (d.Model, d.Line)));
        var json = Read("all.json", """[{"model":"a"},{"model":"b","team":"y"}]""");
        Assert.Equal(["", "y"], json.Documents.Select(d => d.Spec.Team));
        Assert.Equal("all.yaml:1:1: expected \"model\", the model's name: the file has several specs", Read("all.yaml", "team: x\n---\nmodel: b\n").Mistakes[0].ToString());
    }

    [Fact]
    public void Read_OfManyMistakes_NamesEachWithItsPlace()
    {
        var file = Read("fraud.yaml", """
            task: binary
            teem: risk
            min_samples: many
            thresholds:
              accuracy: 7
              drift:
                kss: 1
            features:
              - name: amount
                kind: numeric
              - name: amount
                kind: categorical
            headline_window: 90m
            """);
        Assert.Empty(file.Documents);
        Assert.Equal(
            [
                "fraud.yaml:2:1: teem: is no member of a spec",
                "fraud.yaml:3:1: min_samples: expected a whole number",
                "fraud.yaml:7:5: thresholds.drift.kss: is no member of a spec",
                "fraud.yaml:11:5: features[1].name: \"amount\" is named twice",
                "fraud.yaml:13:1: headline_window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, got 90m",
            ],
            file.Mistakes.OrderBy(m => m.Line).Select(m => m.ToString()));
        var again = Read("fraud.json", "{\n  \"task\": \"binary\",\n  \"thresholds\": { \"accuracy\": 7 },\n  \"é\": 1, \"teem\": 1\n}\n");
        Assert.Equal(["fraud.json:3:19: thresholds.accuracy: expected 0 to 1, got 7", "fraud.json:4:3: é: is no member of a spec", "fraud.json:4:11: teem: is no member of a spec"], again.Mistakes.OrderBy(m => m.Line).ThenBy(m => m.Column).Select(m => m.ToString()));
    }

    [Theory]
    [InlineData("a.json", "{\n  \"team\": \"x\",\n  \"tier\" 1\n}", "a.json:3:10: '1' is invalid after a property name. Expected a ':'.")]
    [InlineData("a.json", "", "a.json:1:1: ")]
    [InlineData("a.json", "{\"team\":\"x\",\"team\":\"y\"}", "a.json:1:13: \"team\" stands here twice")]
    [InlineData("a.json", "{} {}", "a.json:1:4: ")]
    [InlineData("a.json", "7", "a.json:1:1: expected a spec: members and their values")]
    [InlineData("a.json", "[]", "a.json:1:1: the file is empty")]
    [InlineData("a.yaml", "", "a.yaml:1:1: the file is empty")]
    [InlineData("a.yaml", "# only words\n", "a.yaml:1:1: the file is empty")]
    [InlineData("a.yaml", "team: x\nteam: y\n", "a.yaml:2:1: ")]
    [InlineData("a.yaml", "team: [x\n", "a.yaml:")]
    [InlineData("a.yaml", "team:\n\t- x\n", "a.yaml:")]
    [InlineData("a.yaml", "just words", "a.yaml:1:1: expected a spec: members and their values")]
    [InlineData("a.yaml", "? [a, b]\n: c\n", "a.yaml:1:3: expected a member's name")]
    [InlineData("a.yaml", "model: [x]\n", "a.yaml:1:1: model: expected a text")]
    [InlineData("a.yaml", "model: ../etc\n", "a.yaml:1:1: model: expected a model's name")]
    [InlineData("no good.yaml", "team: x\n", "no good.yaml:1:1: model: expected a model's name")]
    public void Read_OfWhatIsNoSpec_SaysWhere(string name, string text, string mistake)
    {
        var file = Read(name, text);
        Assert.Empty(file.Documents);
        Assert.StartsWith(mistake, Assert.Single(file.Mistakes).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.json", "{\n  \"model\": \"caf\u00e9\"\n}", "a.json:2:16: expected UTF-8")]
    [InlineData("a.json", "{\n  \"\u00e9\": 1\n}", "a.json:2:4: expected UTF-8")]
    [InlineData("a.yaml", "team: x\nmodel: caf\u00e9\n", "a.yaml:2:11: expected UTF-8")]
    public void Read_OfLatin1_SaysWhere(string name, string text, string mistake) => Assert.Equal(mistake, Assert.Single(SpecFile.Read(name, Encoding.Latin1.GetBytes(text)).Mistakes).ToString());

    [Theory]
    [InlineData("a.json", """{"model": "a\ud800"}""", "a.json:1:11: ")]
    [InlineData("a.json", """{"team": ["x", "\udc00"]}""", "a.json:1:16: ")]
    [InlineData("a.json", """{"\ud800": 1}""", "a.json:1:2: ")]
    [InlineData("a.yaml", """model: "a\ud800" """, "a.yaml")]
    [InlineData("a.yaml", """{"\ud800": 1}""", "a.yaml")]
    public void Read_OfHalfACharacter_IsThisFilesMistake(string name, string text, string place) =>
        Assert.StartsWith(place, Assert.Single(Read(name, text).Mistakes).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Read_OfADeepOrExplodingDocument_StopsInTime()
    {
        Assert.Contains("levels", Assert.Single(Read("deep.yaml", $"payload: {new string('[', 200)}{new string(']', 200)}").Mistakes).Message, StringComparison.Ordinal);
        var bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 'b'; level < 'k'; level++) bomb.Append(level).Append(": &").Append(level).Append(" [").AppendJoin(", ", Enumerable.Repeat($"*{(char)(level - 1)}", 10)).Append("]\n");
        Assert.Contains("values", Assert.Single(Read("bomb.yaml", bomb.ToString()).Mistakes).Message, StringComparison.Ordinal);
    }

    private static SpecFile Read(string name, string text) => SpecFile.Read(name, Encoding.UTF8.GetBytes(text));

    private static SpecDocument One(SpecFile file)
    {
        Assert.Empty(file.Mistakes);
        return Assert.Single(file.Documents);
    }
}
