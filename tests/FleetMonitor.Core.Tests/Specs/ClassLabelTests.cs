using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Specs;

public sealed class ClassLabelTests
{
    [Theory]
    [InlineData("1", "0", "1")]
    [InlineData("yes", "no", "yes")]
    [InlineData("good", "bad", "good")]
    [InlineData("true", "false")]
    [InlineData("1", "0")]
    [InlineData("1", "1")]
    [InlineData("late", "late")]
    [InlineData(null)]
    public void Positive_OfSomeClasses_IsTheUsualOneItsCounterpartOrTheLast(string? positive, params string[] classes) => Assert.Equal(positive, ClassLabel.Positive(classes));
}
