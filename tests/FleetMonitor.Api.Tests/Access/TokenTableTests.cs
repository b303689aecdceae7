using System.Text.RegularExpressions;
using FleetMonitor.Api.Access;
using Xunit;

namespace FleetMonitor.Api.Tests.Access;

public sealed class TokenTableTests
{
    private static readonly string Good = GuardedFleet.Hash("secret");

    [Fact]
    public void Parse_CommentsBlanksAndTokens_AreTold()
    {
        var (table, errors) = TokenTable.Parse($"# a comment\r\n\r\n  team\tread,ingest   {Good}\r\nboss admin {GuardedFleet.Hash("other").ToUpperInvariant().Replace("SHA256", "sha256", StringComparison.Ordinal)} a-*,b\n");
        Assert.Empty(errors);
        Assert.Equal(2, table.Count);
        var caller = table.Find("secret")!;
        Assert.Equal(("team", AccessScopes.Ingest | AccessScopes.Read, true), (caller.Name, caller.Scopes, caller.Models.IsAll));
        Assert.Equal((AccessScopes.Admin, "a-*,b"), (table.Find("other")!.Scopes, table.Find("other")!.Models.ToString()));
        Assert.Null(table.Find("secret "));
        Assert.Null(table.Find(""));
        Assert.Null(table.Find(new string('x', 100_000)));
    }

    [Fact]
    public void Parse_EveryMistake_IsToldWithItsLineAndWithoutTheHash()
    {
        var (table, errors) = TokenTable.Parse($"""
            team read
            team write {Good}
            team read {Good} credit-[a]
            team read sha256:12
            team read md5:{Good[7..]}
            team read {Good}
            again read {Good}
            """);
        Assert.Equal(0, table.Count);
        Assert.Equal([1, 2, 3, 4, 5, 7], errors.Select(error => int.Parse(Regex.Match(error, "^line ([0-9]+): ").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.DoesNotContain(errors, error => error.Contains(Good[7..], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("credit-*", "credit-", true)]
    [InlineData("credit-*", "credit-a.b", true)]
    [InlineData("credit-*", "xcredit-a", false)]
    [InlineData("*-eu", "fraud-eu", true)]
    [InlineData("*-eu", "fraud-eu-2", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b", false)]
    [InlineData("one,two", "two", true)]
    [InlineData("one,two", "One", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("x,*", "anything", true)]
    public void Patterns_MatchWhatTheySay(string patterns, string model, bool matches) => Assert.Equal(matches, ModelPatterns.Parse(patterns).Patterns!.Match(model));

    /// <summary>Against regular expressions, over short texts of few letters.</summary>
    [Fact]
    public void Patterns_AgreeWithRegularExpressions()
    {
        var random = new Random(7);
        string Text(string letters, int most) => new([.. Enumerable.Range(0, 1 + random.Next(most)).Select(_ => letters[random.Next(letters.Length)])]);
        for (var i = 0; i < 20_000; i++)
        {
            var (pattern, name) = (Text("ab.*", 6), Text("ab.", 8));
            var expected = Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$");
            Assert.True(expected == ModelPatterns.Parse(pattern).Patterns!.Match(name), $"{pattern} {name}");
        }
    }

    /// <summary>A hundred stars against a long name must not take a hundred years.</summary>
    [Fact]
    public void Patterns_MadeToBeSlow_AreNot() =>
        Assert.False(ModelPatterns.Parse(string.Concat(Enumerable.Repeat("*a", 64))).Patterns!.Match(new string('a', 127) + "b"));
}
