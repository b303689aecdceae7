using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>The backtest on real data against what scikit-learn, scipy and NannyML computed on the same rows.</summary>
public sealed class SharedDataTests(SharedReports reports) : IClassFixture<SharedReports>
{
    private static readonly (string Ours, string Theirs)[] Metrics =
    [
        ("accuracy", "accuracy"), ("precision", "precision"), ("recall", "recall"), ("f1", "f1"), ("auroc", "roc_auc"),
        ("log_loss", "log_loss_eps1e-15"), ("brier", "brier"), ("ece", "ece_equal_width_10"),
    ];

    [SkippableFact]
    public async Task CarLoan_RealisedPerformance_EqualsNannyMl()
    {
        var chunks = (await reports.CarLoan).Chunks();
        var realised = SharedData.Reference("cbpe_car_loan.json").GetProperty("realized").EnumerateArray().Where(c => c.At("chunk.period").GetString() == "analysis").ToArray();
        Assert.Equal(10, realised.Length);
        Assert.Equal(realised.Length, chunks.Length);
        for (var i = 0; i < chunks.Length; i++)
        {
            foreach (var (ours, theirs) in new[] { ("accuracy", "accuracy"), ("precision", "precision"), ("recall", "recall"), ("f1", "f1"), ("auroc", "roc_auc") })
            {
                Json.AssertClose(realised[i].Number($"{theirs}.value"), chunks[i].Number($"performance.{ours}"), 1e-9, $"chunk {i} {ours}");
            }
        }
    }

    [SkippableTheory]
    [InlineData("car_loan")]
    [InlineData("employment_ma")]
    public async Task Report_PerformanceAndConfidence_EqualScikitLearn(string name)
    {
        var chunks = (await (name == "car_loan" ? reports.CarLoan : reports.Employment)).Chunks();
        var windows = SharedData.Reference("metrics.json").GetProperty("sets").GetProperty($"{name}_analysis").GetProperty("windows").EnumerateArray().ToArray();
        Assert.NotEmpty(windows);
        for (var i = 0; i < windows.Length; i++)
        {
            foreach (var (ours, theirs) in Metrics)
            {
                Json.AssertClose(windows[i].GetProperty(theirs).GetDouble(), chunks[i].Number($"performance.{ours}"), 1e-9, $"{name} chunk {i} {ours}");
            }
            Json.AssertClose(windows[i].GetProperty("mean_confidence_max(p,1-p)").GetDouble(), chunks[i].Number("confidence.mean"), 1e-9, $"{name} chunk {i} confidence");
            Json.AssertClose(windows[i].GetProperty("share_confidence_below_0.6").GetDouble(), chunks[i].Number("confidence.low_ratio"), 1e-9, $"{name} chunk {i} low ratio");
        }
    }

    [SkippableTheory]
    [InlineData("car_loan_chunk0_rows0-4999", 0)]
    [InlineData("car_loan_chunk5_rows25000-29999", 5)]
    public async Task CarLoan_DriftOfAChunk_EqualsScipy(string dataSet, int chunk) => AssertDrift(dataSet, (await reports.CarLoan).Chunks()[chunk]);

    [SkippableFact]
    public async Task CarLoan_DriftOfTheWholeFile_EqualsScipy()
    {
        var chunk = Assert.Single((await SharedReports.ReplayAsync("car_loan", SharedReports.CarLoanOptions, chunk: 50_000)).Chunks());
        Assert.Equal((0, 49_999), (chunk.GetProperty("start").GetInt32(), chunk.GetProperty("end").GetInt32()));
        AssertDrift("car_loan", chunk);
    }

    [SkippableFact]
    public async Task Employment_DriftOf2018_EqualsScipy()
    {
        using var cli = new Cli();
        var rows = new StringBuilder();
        using (var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.PathOf("data", "employment_ma_analysis.csv.gz")), CompressionMode.Decompress)))
        {
            rows.Append(await reader.ReadLineAsync()).Append('\n');
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.Split(',')[1] == "2018") rows.Append(line).Append('\n');
            }
        }
        var reference = SharedData.PathOf("data", "employment_ma_reference.csv.gz");
        var report = await cli.ReplayAsync([cli.Write("2018.csv", rows.ToString()), "--reference", reference, .. SharedReports.EmploymentOptions, "--chunk", "100000"]);
        var chunk = Assert.Single(report.Chunks());
        Assert.Equal(70_131, chunk.GetProperty("count").GetInt32());
        AssertDrift("employment_ma_2018", chunk);
    }

    [SkippableFact]
    public async Task CarLoan_Verdicts_TurnWhereTheDriftBegins()
    {
        var report = await reports.CarLoan;
        var chunks = report.Chunks();
        Assert.Equal("car_loan", report.GetProperty("model").GetString());
        Assert.Equal(50_000, report.At("reference.rows").GetInt32());
        Assert.Equal(0, report.GetProperty("rejected").GetInt32());
        Assert.All(chunks[..5], chunk => Assert.Empty(chunk.Drifted()));
        Assert.All(chunks[..5], chunk => Assert.Empty(chunk.Alerts()));
        Assert.All(chunks[5..], chunk => Assert.Contains("car_value", chunk.Drifted()));
        Assert.All(chunks[5..], chunk => Assert.StartsWith("drift: car_value (ks 0.4", chunk.Alerts()[0], StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Report_ExactAndMonitor_AgreeOnRealData()
    {
        Assert.Empty((await reports.CarLoan).GetProperty("differences").EnumerateArray());
        Assert.Empty((await reports.Employment).GetProperty("differences").EnumerateArray());
    }

    [SkippableFact]
    public async Task Report_Drift_NamesEveryFeatureScoreAndPrediction()
    {
        var chunk = (await reports.CarLoan).Chunks()[0];
        var names = chunk.GetProperty("drift").EnumerateObject().Select(c => c.Name).ToArray();
        string[] features = ["car_value", "salary_range", "debt_to_income_ratio", "loan_length", "repaid_loan_on_prev_car", "size_of_downpayment", "driver_tenure"];
        Assert.Equal([.. features, "y_pred_proba", "y_pred"], names);
        Assert.Equal("categorical", chunk.At("drift.y_pred.kind").GetString());
        Assert.Equal("numeric", chunk.At("drift.y_pred_proba.kind").GetString());
    }

    [SkippableFact]
    public async Task CarLoan_ByTime_CountsEveryRowOnceInItsDay()
    {
        using var cli = new Cli();
        var reference = SharedData.PathOf("data", "car_loan_reference.csv.gz");
        var report = await cli.ReplayAsync([SharedData.PathOf("data", "car_loan_analysis.csv.gz"), "--reference", reference, .. SharedReports.CarLoanOptions, "--window", "7d"]);
        var chunks = report.Chunks();
        Assert.Equal(50_000, chunks.Sum(c => c.GetProperty("count").GetInt32()));
        Assert.All(chunks.Zip(chunks[1..]), pair => Assert.Equal(pair.First.GetProperty("end").GetInt32() + 1, pair.Second.GetProperty("start").GetInt32()));
        Assert.All(chunks, chunk => Assert.Equal(TimeSpan.FromDays(7), Time(chunk, "end_time") - Time(chunk, "start_time")));
        Assert.True(Time(chunks[0], "start_time") <= new DateTimeOffset(2018, 10, 30, 18, 0, 0, TimeSpan.Zero));
        // The drift begins with row 25,000, at 2019-03-31 03:00.
        Assert.All(chunks.Where(c => Time(c, "end_time") <= new DateTimeOffset(2019, 3, 31, 3, 0, 0, TimeSpan.Zero)), c => Assert.Empty(c.Drifted()));
        // The last window ends with the file, after 82 rows.
        var since = chunks[..^1].Where(c => Time(c, "start_time") >= new DateTimeOffset(2019, 3, 31, 3, 0, 0, TimeSpan.Zero)).ToArray();
        Assert.NotEmpty(since);
        Assert.All(since, c => Assert.Contains("car_value", c.Drifted()));
    }

    [SkippableFact]
    public async Task CarLoan_SmallSamples_GiveTheExactPValue()
    {
        using var cli = new Cli();
        var analysis = cli.Write("analysis.csv", await FirstRowsAsync("car_loan_analysis.csv.gz", 500));
        var reference = cli.Write("reference.csv", await FirstRowsAsync("car_loan_reference.csv.gz", 500));
        var chunk = Assert.Single((await cli.ReplayAsync([analysis, "--reference", reference, .. SharedReports.CarLoanOptions])).Chunks());
        foreach (var name in new[] { "car_value", "debt_to_income_ratio", "driver_tenure", "y_pred_proba" })
        {
            var expected = SharedData.Reference("drift.json").GetProperty("datasets").GetProperty("car_loan").GetProperty(name).At("scipy.ks_first500");
            Json.AssertClose(expected.Number("statistic"), chunk.Number($"drift.{name}.ks"), 1e-9, $"{name} ks");
            Json.AssertClose(1, chunk.Number($"drift.{name}.ks_p") / expected.Number("p_exact"), 1e-9, $"{name} p");
        }
    }

    private static async Task<string> FirstRowsAsync(string file, int rows)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.PathOf("data", file)), CompressionMode.Decompress));
        var text = new StringBuilder();
        for (var line = 0; line <= rows; line++) text.Append(await reader.ReadLineAsync()).Append('\n');
        return text.ToString();
    }

    private static DateTimeOffset Time(JsonElement chunk, string member) => DateTimeOffset.Parse(chunk.GetProperty(member).GetString()!, CultureInfo.InvariantCulture);

    private static void AssertDrift(string dataSet, JsonElement chunk)
    {
        var columns = SharedData.Reference("drift.json").GetProperty("datasets").GetProperty(dataSet).EnumerateObject().ToArray();
        Assert.NotEmpty(columns);
        foreach (var column in columns)
        {
            var ours = chunk.GetProperty("drift").GetProperty(column.Name);
            var scipy = column.Value.GetProperty("scipy");
            var numeric = column.Value.GetProperty("kind").GetString() == "numeric";
            foreach (var (member, value) in numeric ? Numeric(scipy) : Categorical(scipy)) Json.AssertClose(value, ours.Number(member), 1e-9, $"{dataSet} {column.Name} {member}");
            if (!numeric) Json.AssertClose(1, ours.Number("chi2") / scipy.Number("chi2_contingency_statistic"), 1e-9, $"{dataSet} {column.Name} chi2");
            var p = ours.Number(numeric ? "ks_p" : "chi2_p");
            var theirs = scipy.Number(numeric ? "ks_pvalue_kolmogorov_limit" : "chi2_contingency_p");
            var close = theirs < 1e-300 ? p < 1e-290 : Math.Abs((p / theirs) - 1) < 1e-6;
            Assert.True(close, FormattableString.Invariant($"{dataSet} {column.Name} p: expected {theirs:R}, got {p:R}"));
        }
    }

    private static (string Member, double Value)[] Numeric(JsonElement scipy)
    {
        var deciles = scipy.At("binned.ref_deciles");
        return
        [
            ("ks", scipy.Number("ks_statistic")),
            ("wasserstein", scipy.Number("wasserstein_over_pop_std_ref")),
            ("psi", deciles.Number("psi_floor_1e-4_not_renormalised")),
            ("js", deciles.Number("js_distance_base2")),
            ("hellinger", deciles.Number("hellinger")),
            ("total_variation", deciles.Number("total_variation")),
        ];
    }

    private static (string Member, double Value)[] Categorical(JsonElement scipy) =>
    [
        ("js", scipy.Number("js_distance_base2")), ("hellinger", scipy.Number("hellinger")),
        ("total_variation", scipy.Number("total_variation")), ("l_infinity", scipy.Number("l_infinity")),
    ];
}
