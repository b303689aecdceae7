using System.Globalization;
using System.Text;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class CsvValueTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  \t")]
    [InlineData("NA")]
    [InlineData("N/A")]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("null")]
    [InlineData("NULL")]
    [InlineData("None")]
    [InlineData("NaT")]
    [InlineData(" NA ")]
    [InlineData("n/a")]
    [InlineData("<NA>")]
    [InlineData("#N/A")]
    [InlineData("#NA")]
    [InlineData("#N/A N/A")]
    [InlineData("-nan")]
    [InlineData("-NaN")]
    [InlineData("1.#IND")]
    [InlineData("-1.#IND")]
    [InlineData("1.#QNAN")]
    [InlineData("-1.#QNAN")]
    public void IsMissing_Marker_IsTrueAndNoNumber(string field)
    {
        Assert.True(CsvValue.IsMissing(Encoding.UTF8.GetBytes(field)));
        Assert.False(CsvValue.TryNumber(Encoding.UTF8.GetBytes(field), out _));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("N")]
    [InlineData("na")]
    [InlineData("none")]
    [InlineData("Nan")]
    [InlineData("NAN1")]
    [InlineData("-")]
    [InlineData("?")]
    [InlineData("<na>")]
    [InlineData("#")]
    [InlineData("1")]
    [InlineData("-1.5")]
    [InlineData("inf")]
    public void IsMissing_Value_IsFalse(string field) => Assert.False(CsvValue.IsMissing(Encoding.UTF8.GetBytes(field)));

    [Theory]
    [InlineData("12", 12)]
    [InlineData("+12", 12)]
    [InlineData("-0.5", -0.5)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("007", 7)]
    [InlineData("1e3", 1_000)]
    [InlineData("1E-3", 0.001)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData(" 1.5\t", 1.5)]
    [InlineData("inf", double.PositiveInfinity)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData("INFINITY", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("0.1234567890123456789012345678901234567890", 0.12345678901234568)]
    public void TryNumber_Number_IsItsValue(string field, double expected)
    {
        Assert.True(CsvValue.TryNumber(Encoding.UTF8.GetBytes(field), out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("1,000")]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("e5")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("1.2.3")]
    [InlineData("12%")]
    [InlineData("$5")]
    [InlineData("(5)")]
    [InlineData("∞")]
    [InlineData("true")]
    [InlineData("infinite")]
    [InlineData("1e5.5")]
    [InlineData("1\0")]
    public void TryNumber_Other_IsFalse(string field) => Assert.False(CsvValue.TryNumber(Encoding.UTF8.GetBytes(field), out _));

    [Fact]
    public void TryNumber_RandomText_EqualsFrameworkParse()
    {
        var random = new Random(11);
        const string Alphabet = "0123456789..-+eE";
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var numbers = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + random.Next(26)).Select(_ => Alphabet[random.Next(random.Next(3) == 0 ? Alphabet.Length : 11)]));
            var expected = double.TryParse(text, Styles, CultureInfo.InvariantCulture, out var value);

            Assert.True(expected == CsvValue.TryNumber(Encoding.UTF8.GetBytes(text), out var parsed), text);
            if (expected) Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(parsed));
            if (expected) numbers++;
        }
        Assert.True(numbers > 10_000, $"{numbers} numbers");
    }
}
