using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Api.Configuration;

/// <summary>The configuration of a process: looked through before anything is made of it, printed when asked for, and said at the start as far as it is not
/// the default.</summary>
public static partial class FleetConfiguration
{
    /// <summary>The command line's word for printing the configuration instead of starting.</summary>
    public const string PrintOption = "--print-config";

    /// <summary>Of the types that options have in this process.</summary>
    private static readonly ConcurrentDictionary<Type, string> Sections = new();

    private const string Masked = "(set, not shown)";

    /// <summary>The command line without that word, which has no value.</summary>
    public static string[] Arguments(string[] arguments) => [.. arguments.Where(argument => argument != PrintOption)];

    /// <summary>Comes first: what is found is told with everything else that is wrong when the process would start.</summary>
    public static void AddFleetConfiguration(this IHostApplicationBuilder builder, params IEnumerable<OptionsSection> others)
    {
        IReadOnlyList<OptionsSection> sections = [.. FleetOptions.Shared, .. others];
        foreach (var section in sections) Sections[section.Type] = section.Name;
        ConfigurationMistakes.Find(builder, sections);
        var keys = OptionKeys.Of(sections);
        builder.Services.AddHostedService(provider => new Notice(keys, builder.Configuration, provider.GetRequiredService<ILogger<Notice>>()));
        builder.Services.AddSingleton(new Printed(keys));
    }

    /// <summary>Prints every option with its value and, where that is another, its default.</summary>
    /// <returns>Whether the command line asks for it; then there is nothing else to do.</returns>
    public static bool PrintIfAsked(IServiceProvider services, IEnumerable<string> arguments)
    {
        if (!arguments.Contains(PrintOption, StringComparer.Ordinal)) return false;
        var configuration = services.GetRequiredService<IConfiguration>();
        var text = new StringBuilder();
        foreach (var key in services.GetRequiredService<Printed>().Keys.OrderBy(key => key.Key, StringComparer.Ordinal))
        {
            var (value, standard) = (Value(key, configuration), Text(key.Default));
            text.Append(key.Key).Append(" = ").Append(value);
            if (value != standard) text.Append("    (default: ").Append(standard).Append(')');
            text.Append('\n');
        }
        Console.Out.Write(text);
        return true;
    }

    /// <summary>Names the section where a validator names the option alone.</summary>
    internal static string InSection(Type options, string failure) =>
        failure.StartsWith("FleetMonitor:", StringComparison.Ordinal) || !Sections.TryGetValue(options, out var section) ? failure : $"{section}:{failure}";

    private static string Value(OptionKey key, IConfiguration configuration) =>
        configuration[key.Key] is not { } given ? Text(key.Default) : key.IsSecret && given.Length > 0 ? Masked : given;

    internal static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>What can be printed.</summary>
    private sealed record Printed(IReadOnlyList<OptionKey> Keys);

    /// <summary>Says at the start what is configured.</summary>
    private sealed partial class Notice(IReadOnlyList<OptionKey> keys, IConfiguration configuration, ILogger<Notice> logger) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            var set = keys.Where(key => Value(key, configuration) != Text(key.Default)).Select(key => $"{key.Key}={Value(key, configuration)}").Distinct().Order(StringComparer.Ordinal);
            LogConfigured(string.Join(", ", set) is { Length: > 0 } text ? text : "all options have their defaults");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        [LoggerMessage(1, LogLevel.Information, "Configuration: {Options}")]
        private partial void LogConfigured(string options);
    }
}
