using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Demo;

/// <summary>The simulated fleet: eight models, three of which get into trouble while you watch.</summary>
internal static class DemoFleet
{
    public static IReadOnlyList<DemoModel> Models { get; } =
    [
        new("fraud-detector", TaskKind.Binary, "risk", "payments", "1",
        [
            new NumericDemoFeature("amount", 48, 0.9, logarithmic: true, shift: 1.3) { Weights = [1.2] },
            new NumericDemoFeature("distance_from_home_km", 9, 1.1, logarithmic: true) { Weights = [1.6] },
            new NumericDemoFeature("card_age_days", 700, 0.7, logarithmic: true, decimals: 0) { Weights = [-1.1] },
            new CategoricalDemoFeature(
                "merchant", ("grocery", 0.42, -0.8), ("fuel", 0.2, -0.3), ("travel", 0.14, 0.6), ("electronics", 0.15, 0.9), ("gift_cards", 0.09, 1.9))
            {
                Weights = [1.4],
            },
            new CategoricalDemoFeature("country", ("DE", 0.5, -0.4), ("FR", 0.25, -0.1), ("US", 0.15, 0.5), ("BR", 0.1, 1.2)) { Weights = [0.8] },
        ])
        {
            Classes = ["legit", "fraud"],
            Bias = [-4.2],
            AccuracyThreshold = 0.85,
            ConfidenceThreshold = 0.75,
            Latency = 4,
            Trouble = new DemoTrouble(Trouble.Drift, "amount", TimeSpan.FromSeconds(45)),
        },
        new("credit-default", TaskKind.Binary, "risk", "credit", "1",
        [
            new NumericDemoFeature("income", 41_000, 0.45, logarithmic: true, decimals: 0) { Weights = [-1.9] },
            new NumericDemoFeature("debt_to_income", 0.34, 0.12) { Weights = [2.2] },
            new NumericDemoFeature("years_employed", 6, 0.8, logarithmic: true, decimals: 1) { Weights = [-1.2] },
            new CategoricalDemoFeature("housing", ("own", 0.36, -0.9), ("mortgage", 0.3, -0.1), ("rent", 0.34, 0.9)) { Weights = [0.9] },
        ])
        {
            Classes = ["repaid", "default"],
            Bias = [-2.4],
            Latency = 7,
        },
        new("churn", TaskKind.Binary, "growth", "retention", "2",
        [
            new NumericDemoFeature("tenure_months", 22, 0.8, logarithmic: true, decimals: 0) { Weights = [-1.5] },
            new NumericDemoFeature("support_calls", 1.6, 0.7, logarithmic: true, decimals: 1) { Weights = [2.4] },
            new NumericDemoFeature("monthly_charge", 54, 17) { Weights = [1.1] },
            new CategoricalDemoFeature("contract", ("monthly", 0.55, 0.8), ("yearly", 0.3, -0.7), ("two_years", 0.15, -1.5)) { Weights = [1.6] },
        ])
        {
            Classes = ["stays", "leaves"],
            Bias = [-0.6],
            Latency = 6,
            Trouble = new DemoTrouble(Trouble.Concept, "support_calls", TimeSpan.FromSeconds(60)),
        },
        new("click-through", TaskKind.Binary, "ads", "ranking", "1",
        [
            new NumericDemoFeature("ad_position", 3, 1.2, decimals: 1) { Weights = [-1.7] },
            new NumericDemoFeature("user_age", 37, 12, decimals: 0) { Weights = [-0.8] },
            new CategoricalDemoFeature("device", ("phone", 0.62, 0.4), ("desktop", 0.3, -0.5), ("tablet", 0.08, -0.9)) { Weights = [1.2] },
            new CategoricalDemoFeature("topic", ("sport", 0.3, 0.6), ("news", 0.4, -0.8), ("games", 0.3, 0.5)) { Weights = [1.5] },
        ])
        {
            Classes = ["no", "yes"],
            Bias = [-3.1],
            Latency = 2,
            Rate = 50,
            Trouble = new DemoTrouble(Trouble.Missing, "user_age", TimeSpan.FromSeconds(75)),
        },
        new("spam-filter", TaskKind.Binary, "trust", "content", "2",
        [
            new NumericDemoFeature("links", 1.2, 0.9, logarithmic: true, decimals: 1) { Weights = [3.1] },
            new NumericDemoFeature("capitals_ratio", 0.12, 0.05) { Weights = [2.3] },
            new NumericDemoFeature("sender_age_days", 300, 1.2, logarithmic: true, decimals: 0) { Weights = [-2.6] },
            new CategoricalDemoFeature("language", ("en", 0.6, 0.2), ("de", 0.25, -0.4), ("es", 0.15, 0.1)) { Weights = [0.7] },
        ])
        {
            Classes = ["ham", "spam"],
            Bias = [-1.5],
            AccuracyThreshold = 0.85,
            ConfidenceThreshold = 0.8,
            Latency = 9,
        },
        new("intent-router", TaskKind.Multiclass, "support", "assistants", "2",
        [
            new NumericDemoFeature("words", 14, 0.6, logarithmic: true, decimals: 0) { Weights = [-0.6, 0.9, 0.1] },
            new NumericDemoFeature("similarity_billing", 0.42, 0.14) { Weights = [3.4, -0.8, -0.9] },
            new NumericDemoFeature("similarity_technical", 0.45, 0.15) { Weights = [-0.9, 3.3, -0.7] },
            new CategoricalDemoFeature("channel", ("chat", 0.6, 0.3), ("mail", 0.3, -0.2), ("phone", 0.1, -1.1)) { Weights = [0.3, 0.4, -0.9] },
        ])
        {
            Classes = ["billing", "technical", "sales"],
            Bias = [0.3, 0.4, 0],
            AccuracyThreshold = 0.75,
            ConfidenceThreshold = 0.65,
            Latency = 24,
            Rate = 20,
        },
        new("demand-forecast", TaskKind.Regression, "supply", "planning", "2",
        [
            new NumericDemoFeature("price", 3.2, 0.35, logarithmic: true) { Weights = [-21] },
            new NumericDemoFeature("sold_last_week", 120, 38, decimals: 0) { Weights = [33] },
            new NumericDemoFeature("temperature", 14, 7, decimals: 1) { Weights = [6] },
            new CategoricalDemoFeature("promotion", ("none", 0.8, -0.3), ("display", 0.15, 0.9), ("flyer", 0.05, 1.8)) { Weights = [14] },
        ])
        {
            Bias = [118],
            Noise = 11,
            Latency = 12,
            Rate = 20,
        },
        new("delivery-time", TaskKind.Regression, "logistics", "routing", "3",
        [
            new NumericDemoFeature("distance_km", 6, 0.6, logarithmic: true) { Weights = [9.5] },
            new NumericDemoFeature("stops", 4, 1.5, decimals: 0) { Weights = [4] },
            new CategoricalDemoFeature("weather", ("dry", 0.7, -0.4), ("rain", 0.25, 0.8), ("snow", 0.05, 2.1)) { Weights = [3] },
            new CategoricalDemoFeature("vehicle", ("bike", 0.5, -0.2), ("scooter", 0.3, -0.5), ("van", 0.2, 1.2)) { Weights = [2.5] },
        ])
        {
            Bias = [31],
            Noise = 4,
            Latency = 3,
            Rate = 20,
        },
    ];
}
