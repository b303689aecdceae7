namespace FleetMonitor.Core.Estimation;

/// <summary>The expected confusion matrix of one class against the rest.</summary>
/// <param name="True">Expected positives among the rows predicted positive.</param>
/// <param name="Predicted">Rows predicted positive.</param>
/// <param name="Missed">Expected positives among the other rows.</param>
/// <param name="Others">The other rows.</param>
internal readonly record struct ExpectedConfusion(double True, double Predicted, double Missed, double Others)
{
    public double Right => True + Others - Missed;

    public double Precision => Share(True, Predicted);

    public double Recall => Share(True, True + Missed);

    /// <summary>TP / (TP + ½ (FP + FN)).</summary>
    public double F1 => Share(True, True + (0.5 * (Predicted - True + Missed)));

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
