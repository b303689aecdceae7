using FleetMonitor.Core.Scores;

namespace FleetMonitor.Cli;

/// <summary>Verdicts as a person and as a program reads them.</summary>
internal static class Verdicts
{
    public static string Colored(Verdict verdict) => verdict switch
    {
        Verdict.Drifted => "[red]drifted[/]",
        Verdict.Quiet => "[green]quiet[/]",
        Verdict.TooFewSamples => "[yellow]too few samples[/]",
        _ => "[grey]no reference[/]",
    };

    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Drifted => "drifted",
        Verdict.Quiet => "quiet",
        Verdict.TooFewSamples => "too_few_samples",
        _ => "no_reference",
    };
}
