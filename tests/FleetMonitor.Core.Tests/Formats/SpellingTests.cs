using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class SpellingTests
{
    [Theory]
    [InlineData("y_prd", "y_pred")]
    [InlineData("TIMESTAMP", "timestamp")]
    [InlineData("y_pred_probe", "y_pred_proba")]
    [InlineData("salaryrange", "salary_range")]
    [InlineData("car", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void Nearest_Mistyped_IsTheNameMeant(string name, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(name, ["", "timestamp", "y_pred", "y_pred_proba", "salary_range", "id"]));
}
