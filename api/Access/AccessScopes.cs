namespace FleetMonitor.Api.Access;

/// <summary>What a caller may do.</summary>
[Flags]
internal enum AccessScopes
{
    None = 0,

    /// <summary>Send predictions, labels and events; have models answer.</summary>
    Ingest = 1,

    /// <summary>Ask about models.</summary>
    Read = 2,

    /// <summary>Decide about models: specs, references, lifecycle, the repository. Includes the others.</summary>
    Admin = 4 | Ingest | Read,
}

/// <summary>The policies that endpoints name: each a scope as it is written.</summary>
internal static class Policies
{
    public const string Ingest = "ingest", Read = "read", Admin = "admin";

    /// <summary>Any scope at all: what callers of a model ask before they send it anything.</summary>
    public const string Any = "any";

    /// <summary>Read, of all models: what Prometheus has.</summary>
    public const string Metrics = "metrics";

    /// <summary>Admin, save for who develops on this machine.</summary>
    public const string Dashboard = "dashboard";

    /// <summary>The scope of a word; null when it is none.</summary>
    public static AccessScopes? Scope(string word) => word switch
    {
        Ingest => AccessScopes.Ingest,
        Read => AccessScopes.Read,
        Admin => AccessScopes.Admin,
        _ => null,
    };
}
