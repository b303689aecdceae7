using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;

namespace FleetMonitor.Cli;

/// <summary><c>fleetmonitor token NAME</c>: a new token, and its line for the server's file of tokens.</summary>
internal static class TokenCommand
{
    /// <summary>Random bytes of a token: more than anybody can guess, so a plain hash of it tells nothing.</summary>
    private const int Bytes = 32;

    private static readonly string[] Known = ["ingest", "read", "admin"];

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "Whose it is, without blanks." };
        var scopes = Options.Of("--scopes", "LIST", "What it is for: ingest, read, admin, with commas between.", "ingest,read");
        var models = Options.Of<string?>("--models", "PATTERNS", "The models that it is for, such as credit-*,fraud-*; all by default.");
        var command = new Command("token", "Makes a token: it goes to its owner, the line to the file that FleetMonitor:Access:TokensFile names. Nothing is sent or kept.")
        {
            name, scopes, models,
        };
        command.SetAction(terminal, (parsed, _) =>
        {
            var (who, what, which) = (parsed.GetValue(name)!, parsed.GetValue(scopes)!, parsed.GetValue(models));
            if (who.Length is 0 or > 100 || who.Any(char.IsWhiteSpace) || who[0] == '#') throw new CommandException(ExitCode.Usage, "expected a name without blanks, at most 100 characters");
            if (what.Split(',').FirstOrDefault(word => !Known.Contains(word)) is { } wrong)
            {
                throw new CommandException(ExitCode.Usage, $"expected the scopes {string.Join(", ", Known)}, got \"{wrong}\"");
            }
            if (which is not null && which.Split(',').Any(pattern => pattern.Length is 0 or > 128 || !pattern.All(IsOfNames)))
            {
                throw new CommandException(ExitCode.Usage, $"expected patterns of models such as credit-*,fraud-*, got \"{which}\"");
            }
            var token = $"fm_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes))}";
            terminal.Out.WriteLine($"token  {token}");
            terminal.Out.WriteLine($"line   {who}  {what}  sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}{(which is null ? "" : $"  {which}")}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static bool IsOfNames(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' or '*';
}
