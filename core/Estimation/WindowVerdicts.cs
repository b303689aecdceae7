namespace FleetMonitor.Core.Estimation;

/// <summary>What the windows that went into a wider pane said of the estimate, as far as trust needs to know: whether one contradicted it, and how many agreed since.</summary>
/// <remarks>A window's own verdict, and their composition in order of time, are all there is to it: merging panes keeps what their windows said.</remarks>
internal readonly record struct WindowVerdicts(bool Contradicted, int Agreeing)
{
    public bool IsEmpty => !Contradicted && Agreeing == 0;

    public static WindowVerdicts Of(bool agrees) => new(!agrees, agrees ? 1 : 0);

    /// <summary>This, and then <paramref name="later"/>.</summary>
    public WindowVerdicts Then(WindowVerdicts later) => later.Contradicted ? later : this with { Agreeing = Agreeing + later.Agreeing };

    public void Apply(ref EstimateTrust trust)
    {
        if (Contradicted) trust.Observe(agrees: false);
        for (var i = 0; i < Math.Min(Agreeing, EstimateTrust.Regain); i++) trust.Observe(agrees: true);
    }
}
