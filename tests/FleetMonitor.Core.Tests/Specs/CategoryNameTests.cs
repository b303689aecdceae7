using System.Globalization;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Specs;

public sealed class CategoryNameTests
{
    [Theory]
    [InlineData("True", "true")]
    [InlineData("TRUE", "true")]
    [InlineData("False", "false")]
    [InlineData("FALSE", "false")]
    [InlineData("1.0", "1")]
    [InlineData("-12.000", "-12")]
    [InlineData("0.0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("3.", "3")]
    [InlineData("999999999999999.0", "999999999999999")]
    public void Canonical_OfAnotherSpelling_IsThatOfJson(string text, string canonical) => Assert.Equal(canonical, CategoryName.Canonical(text));

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("tRue")]
    [InlineData("T")]
    [InlineData("007")]
    [InlineData("007.0")]
    [InlineData("1e3")]
    [InlineData("1.50")]
    [InlineData("1.0.0")]
    [InlineData("v1.0")]
    [InlineData("+1.0")]
    [InlineData(".0")]
    [InlineData("-.0")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1.0 ")]
    [InlineData("1234567890123456.0")]
    public void Canonical_OfAnyOtherText_IsTheText(string text) => Assert.Equal(text, CategoryName.Canonical(text));

    [Fact]
    public void Canonical_OfAWholeNumberAsAFileWritesIt_IsHowTrafficsNumberIsSpelled()
    {
        var random = new Random(1);
        for (var i = 0; i < 1_000; i++)
        {
            double number = random.NextInt64(-999_999_999_999_999, 1_000_000_000_000_000) / (long)Math.Pow(10, random.Next(15));
            Assert.Equal(ClassLabel.Canonical(number), CategoryName.Canonical(number.ToString("F1", CultureInfo.InvariantCulture)));
        }
    }
}
