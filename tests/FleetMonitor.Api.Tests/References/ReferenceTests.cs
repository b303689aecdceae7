using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FleetMonitor.Api.Tests.References;

[Collection(nameof(Fleet))]
public sealed class ReferenceTests(Fleet fleet)
{
    private const string Csv = "text/csv";
    private const string Ndjson = "application/x-ndjson";
    private const string Parquet = "application/vnd.apache.parquet";

    [Fact]
    public async Task Put_TheSameRowsInEachFormat_GivesTheSameReference()
    {
        var rows = ReferenceRow.Random(600, seed: 3);
        foreach (var (name, type, body) in new[] { ("csv", Csv, ReferenceRow.Csv(rows)), ("ndjson", Ndjson, ReferenceRow.Ndjson(rows)), ("parquet", Parquet, await ReferenceRow.Parquet(rows)) })
        {
            await fleet.PutAsync($"/v1/models/reference-{name}", """{"task":"binary","positive":"1","features":[{"name":"amount","kind":"numeric"},{"name":"country","kind":"categorical"}]}""");
            var result = (await PutAsync($"reference-{name}", type, body)).Ok();
            Assert.Equal(["accepted", "rejected", "errors", "reference"], result.AsObject().Select(m => m.Key));
            Assert.Equal((600, 0, 1, "uploaded", 600), ((int)result["accepted"]!, (int)result["rejected"]!, (int)result["reference"]!["version"]!, Source(result), (int)result["reference"]!["rows"]!));
        }
        foreach (var column in new[] { "amount", "country", "score", "prediction" })
        {
            var details = new List<string>();
            foreach (var name in new[] { "csv", "ndjson", "parquet" })
            {
                var detail = (await fleet.GetAsync($"/v1/models/reference-{name}/features/{column}")).Ok().AsObject();
                detail.Remove("to");
                details.Add(detail.ToJsonString());
            }
            Assert.Single(details.Distinct());
            Assert.Contains("reference_share", details[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Put_ForAModelThatNobodyDescribed_RegistersItAndInfersItsSchema()
    {
        (await PutAsync("reference-first", Csv, ReferenceRow.Csv(ReferenceRow.Random(200, seed: 4)))).Ok();
        var model = (await fleet.GetAsync("/v1/models/reference-first")).Ok();
        Assert.Equal(("live", "binary"), ((string?)model["state"], (string?)model["spec"]!["task"]));
        Assert.Equal([("amount", "numeric"), ("country", "categorical")], model["spec"]!["features"]!.AsArray().Select(f => ((string)f!["name"]!, (string)f["kind"]!)));
    }

    [Fact]
    public async Task Put_Again_ReplacesTheReferenceUnderANewVersion()
    {
        var rows = ReferenceRow.Csv(ReferenceRow.Random(200, seed: 5));
        Assert.Equal(1, (int)(await PutAsync("reference-again", Csv, rows)).Ok()["reference"]!["version"]!);
        Assert.Equal(2, (int)(await PutAsync("reference-again", Csv, rows)).Ok()["reference"]!["version"]!);
    }

    [Theory]
    [InlineData(Csv)]
    [InlineData(Parquet)]
    public async Task Put_ATableWithOtherNames_IsMappedByTheQuery(string type)
    {
        var rows = ReferenceRow.Random(300, seed: 6);
        string[] names = ["betrag", "land", "y_pred", "proba", "y_true"];
        var body = type == Csv ? ReferenceRow.Csv(rows, names) : await ReferenceRow.Parquet(rows, names);
        var name = $"reference-mapped-{(type == Csv ? "csv" : "parquet")}";
        (await PutAsync(name, type, body, "?prediction=y_pred&score=proba&label=y_true&ignore=land,row")).Problem(HttpStatusCode.BadRequest);
        (await PutAsync(name, type, body, "?prediction=y_pred&score=proba&label=y_true&ignore=land")).Ok();
        var columns = (await fleet.GetAsync($"/v1/models/{name}/features")).Ok()["columns"]!.AsArray().Select(c => (string)c!["name"]!);
        Assert.Equal(["betrag", "score", "prediction"], columns);
    }

    [Fact]
    public async Task Put_ProbabilitiesOfClasses_AreMappedByTheQuery()
    {
        var csv = new StringBuilder("x,y,pa,pb,pc\n");
        var random = new Random(7);
        for (var i = 0; i < 300; i++) csv.Append(CultureInfo.InvariantCulture, $"{random.NextDouble()},{"abc"[i % 3]},0.2,0.3,0.5\n");
        (await PutAsync("reference-classes", Csv, Encoding.UTF8.GetBytes(csv.ToString()), "?prediction=y&probability.a=pa&probability.b=pb&probability.c=pc")).Ok();
        var columns = (await fleet.GetAsync("/v1/models/reference-classes/features")).Ok()["columns"]!.AsArray().Select(c => (string)c!["name"]!);
        Assert.Equal(["x", "probability:a", "probability:b", "probability:c", "prediction"], columns);
        Assert.Equal("multiclass", (string?)(await fleet.GetAsync("/v1/models/reference-classes")).Ok()["spec"]!["task"]);
    }

    [Theory]
    [InlineData("?colour=red", "colour: expected prediction, score, label, id, time, ignore, categorical or probability.CLASS")]
    [InlineData("?prediction=", "prediction: expected the name of one column")]
    [InlineData("?score=a&score=b", "score: expected the name of one column")]
    public async Task Put_WithAMappingThatIsNone_SaysWhatWasExpected(string query, string detail) =>
        Assert.Equal(detail, (await PutAsync("reference-query", Csv, "a,prediction\n1,1\n"u8.ToArray(), query)).Detail(HttpStatusCode.BadRequest));

    [Fact]
    public async Task Put_LinesWithAMapping_SayThatOnlyTablesHaveOne() =>
        Assert.StartsWith("score: columns are mapped in tables only", (await PutAsync("reference-query", Ndjson, "{\"prediction\":1}"u8.ToArray(), "?score=a")).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);

    [Theory]
    [InlineData(Csv)]
    [InlineData(Parquet)]
    public async Task Put_ATableWithoutAColumnThatIsNamed_NamesThoseItHas(string type)
    {
        var rows = ReferenceRow.Random(10, seed: 8);
        var detail = (await PutAsync("reference-columns", type, type == Csv ? ReferenceRow.Csv(rows) : await ReferenceRow.Parquet(rows), "?prediction=predicton")).Detail(HttpStatusCode.BadRequest);
        Assert.Contains("no column \"predicton\" (did you mean \"prediction\"?)", detail, StringComparison.Ordinal);
        Assert.Contains("amount, country, prediction, score, label", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_RowsThatAreWrong_LeavesThemOutAndNamesThem()
    {
        await fleet.PutAsync("/v1/models/reference-rows", """{"task":"binary","features":[{"name":"amount","kind":"numeric"}]}""");
        var result = (await PutAsync("reference-rows", Csv, "amount,prediction,score\n1,1,0.9\nx,1,0.9\n3,,0.9\n4,0,9\n5,0,0.1\n"u8.ToArray())).Ok();
        Assert.Equal((2, 3), ((int)result["accepted"]!, (int)result["rejected"]!));
        Assert.Equal([(1, "amount"), (2, "prediction"), (3, "score")], result["errors"]!.AsArray().Select(e => ((int)e!["index"]!, (string)e["field"]!)));
    }

    [Fact]
    public async Task Put_NoRowThatIsGood_LeavesTheOldReference()
    {
        (await PutAsync("reference-kept", Csv, ReferenceRow.Csv(ReferenceRow.Random(200, seed: 9)))).Ok();
        var problem = (await PutAsync("reference-kept", Csv, "amount,country,prediction,score,label\nx,DE,1,0.5,1\n"u8.ToArray())).Problem(HttpStatusCode.BadRequest);
        Assert.Equal(("no row was accepted", 1), ((string?)problem["detail"], (int)problem["rejected"]!));
        Assert.Equal(200, (int)(await fleet.GetAsync("/v1/models/reference-kept")).Ok()["reference"]!["rows"]!);
    }

    [Theory]
    [InlineData(Csv, "amount,prediction\n")]
    [InlineData(Ndjson, "\n")]
    public async Task Put_NoRows_IsAProblem(string type, string body) =>
        Assert.Equal("expected at least one row, got none", (await PutAsync("reference-empty", type, Encoding.UTF8.GetBytes(body))).Detail(HttpStatusCode.BadRequest));

    [Theory]
    [InlineData(Csv, "")]
    [InlineData(Parquet, "")]
    [InlineData(Parquet, "this is no parquet file, though it is long enough to be one")]
    public async Task Put_WhatIsNoTable_IsAProblem(string type, string body) =>
        Assert.NotEmpty((await PutAsync("reference-empty", type, Encoding.UTF8.GetBytes(body))).Detail(HttpStatusCode.BadRequest));

    [Fact]
    public async Task Put_OfAnotherMediaType_IsUnsupported() =>
        Assert.Equal("expected a body of text/csv, application/x-ndjson or application/vnd.apache.parquet, got application/json",
            (await PutAsync("reference-media", "application/json", "[]"u8.ToArray())).Detail(HttpStatusCode.UnsupportedMediaType));

    [Theory]
    [InlineData(Csv)]
    [InlineData(Ndjson)]
    [InlineData(Parquet)]
    public async Task Put_Gzipped_IsRead(string type)
    {
        var rows = ReferenceRow.Random(150, seed: 10);
        var body = type switch { Csv => ReferenceRow.Csv(rows), Ndjson => ReferenceRow.Ndjson(rows), _ => await ReferenceRow.Parquet(rows) };
        Assert.Equal(150, (int)(await PutAsync("reference-gzip", type, Gzip(body), "", ("Content-Encoding", "gzip"))).Ok()["accepted"]!);
    }

    [Theory]
    [InlineData(Csv)]
    [InlineData(Ndjson)]
    [InlineData(Parquet)]
    public async Task Put_LargerThanAllowed_IsTooLarge(string type)
    {
        var body = new byte[Fleet.MaxReferenceBytes + 1];
        "amount,prediction\n"u8.CopyTo(body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PutAsync("reference-large", type, body)).Status);
        (await PutAsync("reference-large", type, Gzip(body), "", ("Content-Encoding", "gzip"))).Problem(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData(Csv)]
    [InlineData(Ndjson)]
    [InlineData(Parquet)]
    public async Task Put_MoreRowsThanAllowed_IsTooLarge(string type)
    {
        var rows = ReferenceRow.Random(Fleet.MaxReferenceRows + 1, seed: 12);
        var body = type switch { Csv => ReferenceRow.Csv(rows), Ndjson => ReferenceRow.Ndjson(rows), _ => await ReferenceRow.Parquet(rows) };
        Assert.Equal("more than 5000 items; send it in parts", (await PutAsync("reference-large", type, body)).Detail(HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/reference-large")).Status);
    }

    [Fact]
    public async Task Put_ACompressedTableThatBreaksOff_IsAProblemAndNothingIsKept()
    {
        var body = Gzip(ReferenceRow.Csv(ReferenceRow.Random(2_000, seed: 13)));
        var answer = await PutAsync("reference-cut", Csv, body[..(body.Length / 2)], "", ("Content-Encoding", "gzip"));
        Assert.StartsWith("the body is not what its Content-Encoding says", answer.Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/reference-cut")).Status);
    }

    private Task<Answer> PutAsync(string model, string type, byte[] body, string query = "", params (string, string)[] headers) =>
        fleet.SendAsync(HttpMethod.Put, $"/v1/models/{model}/reference{query}", body, type, headers);

    private static string? Source(JsonNode result) => (string?)result["reference"]!["source"];

    private static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return compressed.ToArray();
    }
}
