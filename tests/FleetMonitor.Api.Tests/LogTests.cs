using Xunit;

namespace FleetMonitor.Api.Tests;

[Collection(nameof(Fleet))]
public sealed class LogTests(Fleet fleet)
{
    [Fact]
    public async Task Logs_OfRequestsGoodAndBad_TellNoValueThatCameWithThem()
    {
        const string Secret = "hush-4711";
        await fleet.PutAsync("/v1/models/logged", """{"task":"binary","features":[{"name":"a","kind":"numeric"}]}""");
        string[] bodies =
        [
            $$"""[{"id":"{{Secret}}","prediction":"1","features":{"a":"{{Secret}}"},"tags":{"t":"{{Secret}}"} },{"prediction":"{{Secret}}"}]""",
            $$"""[{"prediction":"{{Secret}}"}""",
            $"\"{Secret}\"",
        ];
        foreach (var body in bodies)
        {
            await fleet.PostAsync("/v1/models/logged/predictions", body, ("Authorization", $"Bearer {Secret}"), ("Fleet-Producer", Secret), ("Fleet-Sequence", Secret));
            await fleet.PostAsync("/v1/models/logged/predictions", body, ("Authorization", $"Bearer {Secret}"));
            await fleet.PostAsync("/v1/models/logged/labels", body.Replace("prediction", "label", StringComparison.Ordinal));
            await fleet.PutAsync("/v1/models/logged/reference", body, "application/x-ndjson");
            await fleet.PutAsync("/v1/models/logged", body);
        }
        await fleet.PutAsync("/v1/models/logged/reference", $"a,prediction\n{Secret},1\n1,{Secret}\n", "text/csv");
        Assert.NotEmpty(fleet.Log.Lines);
        Assert.DoesNotContain(fleet.Log.Lines, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_OfRequestsThatAreWrong_HaveNoErrors()
    {
        await fleet.GetAsync("/v1/models/nobody");
        await fleet.PostAsync("/v1/models/logged/predictions", "{");
        await fleet.GetAsync("/v1/models?page=x");
        Assert.DoesNotContain(fleet.Log.Lines, line => line.StartsWith("Error Microsoft.AspNetCore", StringComparison.Ordinal) || line.StartsWith("Warning Microsoft.AspNetCore", StringComparison.Ordinal));
    }
}
