using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetMonitor.Clustering;

/// <summary>The membership table in a row of PostgreSQL.</summary>
public sealed class PostgresMembershipOptions : MembershipOptions
{
    /// <summary>Npgsql's. The role needs the right to create a table once, unless <c>fleet_membership</c> is there.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>A file that holds the connection string, for secrets; read again whenever the database cannot be used. Used instead of <see cref="ConnectionString"/>.</summary>
    public string ConnectionStringFile { get; set; } = "";

    /// <summary>The connection string as it is now.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read.</exception>
    internal string Read() => ConnectionStringFile.Length == 0 ? ConnectionString : File.ReadAllText(ConnectionStringFile).Trim();
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class PostgresMembershipOptionsValidator : IValidateOptions<PostgresMembershipOptions>;

/// <summary>Finds a connection string that Npgsql does not understand, or none, or two.</summary>
internal sealed class PostgresConnectionStringValidator : IValidateOptions<PostgresMembershipOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresMembershipOptions options)
    {
        if (string.IsNullOrEmpty(options.ConnectionString) == string.IsNullOrEmpty(options.ConnectionStringFile))
        {
            return ValidateOptionsResult.Fail("ConnectionString, ConnectionStringFile: exactly one of them must be set.");
        }
        try
        {
            return new NpgsqlConnectionStringBuilder(options.Read()).Host is { Length: > 0 }
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail("ConnectionString names no Host.");
        }
        catch (ArgumentException exception)
        {
            // Never what a file holds: it is secret.
            return ValidateOptionsResult.Fail(options.ConnectionStringFile.Length == 0
                ? $"ConnectionString: {exception.Message}"
                : $"ConnectionStringFile: {options.ConnectionStringFile} does not hold a connection string of PostgreSQL.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ValidateOptionsResult.Fail($"ConnectionStringFile: {exception.Message}");
        }
    }
}
