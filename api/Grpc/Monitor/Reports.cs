using System.Text;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Protocol.V1;
using FleetMonitor.Storage;
using Google.Protobuf.WellKnownTypes;
using ModelSummary = FleetMonitor.Protocol.V1.ModelSummary;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary>Answers to queries as messages: the headline of what HTTP answers. What does not exist stays unset.</summary>
internal static class Reports
{
    public static ModelSummary Summary(ModelRow row)
    {
        if (row.Summary is not { } summary) return new ModelSummary { Name = row.Name };
        var message = new ModelSummary
        {
            Name = row.Name,
            Version = summary.Version,
            Task = summary.Task,
            Team = summary.Team,
            Family = summary.Family,
            Tier = summary.Tier,
            State = summary.State,
            Trouble = summary.Trouble,
            Drifted = summary.Drifted,
            FeaturesDrifted = summary.FeaturesDrifted,
            Predictions = summary.Predictions,
            LastPrediction = summary.LastPrediction is { } last ? Timestamp.FromDateTimeOffset(last) : null,
        };
        if (summary.Accuracy is { } accuracy) message.Accuracy = accuracy;
        if (summary.Confidence is { } confidence) message.Confidence = confidence;
        if (summary.DriftScore is { } drift) message.DriftScore = drift;
        return message;
    }

    public static GetModelResponse Model(ModelDescription model) => new()
    {
        Name = model.Name,
        Version = model.Version,
        Task = model.Spec.Task?.ToString().ToLowerInvariant() ?? "",
        State = model.State,
        Team = model.Spec.Team,
        Family = model.Spec.Family,
        Tier = model.Spec.Tier,
        Predictions = model.Counters.Predictions,
        Errors = model.Counters.Errors,
        Duplicates = model.Counters.Duplicates,
        TooLate = model.Counters.TooLate,
        Rejected = model.Counters.Rejected,
        Labels = model.Counters.Labels,
        LabelsJoined = model.Counters.LabelsJoined,
        LabelsCorrected = model.Counters.LabelsCorrected,
        LastPrediction = model.LastPrediction is { } last ? Timestamp.FromDateTimeOffset(last) : null,
        SpecJson = Encoding.UTF8.GetString(SpecJson.Write(model.Spec)),
    };

    public static Protocol.V1.PerformanceWindow Performance(WindowScore score)
    {
        var window = new Protocol.V1.PerformanceWindow
        {
            Window = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(score.Window),
            Start = Timestamp.FromDateTimeOffset(score.From),
            End = Timestamp.FromDateTimeOffset(score.To),
            Predictions = score.Predictions,
            Errors = score.Errors,
            Labelled = score.Performance.Labelled,
            Alerts = { score.Alerts.Where(alert => !Models.DriftWindow.Concerns(alert)).Select(Alert) },
        };
        if (score.Performance.Classification is { } c)
        {
            Set(c.Accuracy, value => window.Accuracy = value);
            Set(c.Precision, value => window.Precision = value);
            Set(c.Recall, value => window.Recall = value);
            Set(c.F1, value => window.F1 = value);
            Set(c.Auroc, value => window.Auroc = value);
            Set(c.LogLoss, value => window.LogLoss = value);
            Set(c.Brier, value => window.Brier = value);
            Set(c.Ece, value => window.Ece = value);
        }
        if (score.Performance.Regression is { } r)
        {
            Set(r.Mae, value => window.Mae = value);
            Set(r.Rmse, value => window.Rmse = value);
            Set(r.R2, value => window.R2 = value);
            Set(r.Mape, value => window.Mape = value);
        }
        Set(score.Confidence?.Mean, value => window.Confidence = value);
        Set(score.Latency?.Mean, value => window.LatencyMean = value);
        Set(score.Latency?.P95, value => window.LatencyP95 = value);
        return window;
    }

    public static Protocol.V1.DriftWindow Drift(WindowScore score) => new()
    {
        Window = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(score.Window),
        Start = Timestamp.FromDateTimeOffset(score.From),
        End = Timestamp.FromDateTimeOffset(score.To),
        Predictions = score.Predictions,
        Verdict = Verdict(score.Verdict),
        Note = score.Note ?? "",
        FeaturesDrifted = score.FeaturesDrifted,
        Columns = { score.Columns.Select(Column) },
        Alerts = { score.Alerts.Where(Models.DriftWindow.Concerns).Select(Alert) },
    };

    private static ColumnDrift Column(ColumnScore score)
    {
        var column = new ColumnDrift { Name = score.Name, Verdict = Verdict(score.Verdict), Count = score.Count };
        Set(score.Missing, value => column.Missing = value);
        Set(score.Ks, value => column.Ks = value);
        Set(score.KsP, value => column.KsP = value);
        Set(score.Wasserstein, value => column.Wasserstein = value);
        Set(score.Chi2, value => column.Chi2 = value);
        Set(score.Chi2P, value => column.Chi2P = value);
        Set(score.Psi, value => column.Psi = value);
        Set(score.Js, value => column.Js = value);
        Set(score.Hellinger, value => column.Hellinger = value);
        Set(score.OutOfRange, value => column.OutOfRange = value);
        Set(score.Unseen, value => column.Unseen = value);
        return column;
    }

    private static Protocol.V1.Alert Alert(Core.Scores.Alert alert) => new() { Kind = alert.Kind, Subject = alert.Subject ?? "", Detail = alert.Detail };

    private static Protocol.V1.Verdict Verdict(Core.Scores.Verdict verdict) => verdict switch
    {
        Core.Scores.Verdict.TooFewSamples => Protocol.V1.Verdict.TooFewSamples,
        Core.Scores.Verdict.NoReference => Protocol.V1.Verdict.NoReference,
        Core.Scores.Verdict.Quiet => Protocol.V1.Verdict.Quiet,
        Core.Scores.Verdict.Drifted => Protocol.V1.Verdict.Drifted,
        _ => Protocol.V1.Verdict.Unspecified,
    };

    private static void Set(double? value, Action<double> set)
    {
        if (value is { } exists) set(exists);
    }
}
