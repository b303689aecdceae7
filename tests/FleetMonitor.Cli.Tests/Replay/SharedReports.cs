using System.Globalization;
using System.Text.Json;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>The two reports on real data, each replayed once.</summary>
public sealed class SharedReports
{
    public static readonly string[] CarLoanOptions =
    [
        "--task", "binary", "--timestamp", "timestamp", "--prediction", "y_pred", "--probability", "y_pred_proba", "--label", "repaid",
        "--categorical", "salary_range,size_of_downpayment,repaid_loan_on_prev_car",
    ];

    public static readonly string[] EmploymentOptions =
    [
        "--task", "binary", "--id", "id", "--prediction", "prediction", "--probability", "predicted_probability", "--label", "employed",
        "--categorical", "SCHL,MAR,RELP,MIG,RAC1P", "--ignore", "year",
    ];

    private readonly Lazy<Task<JsonElement>> _carLoan = new(() => ReplayAsync("car_loan", CarLoanOptions));
    private readonly Lazy<Task<JsonElement>> _employment = new(() => ReplayAsync("employment_ma", EmploymentOptions));

    internal Task<JsonElement> CarLoan => _carLoan.Value;

    internal Task<JsonElement> Employment => _employment.Value;

    internal static async Task<JsonElement> ReplayAsync(string name, string[] options, int chunk = 5_000)
    {
        using var cli = new Cli();
        var file = SharedData.PathOf("data", $"{name}_analysis.csv.gz");
        var reference = SharedData.PathOf("data", $"{name}_reference.csv.gz");
        return await cli.ReplayAsync([file, "--reference", reference, .. options, "--chunk", chunk.ToString(CultureInfo.InvariantCulture)]);
    }
}
