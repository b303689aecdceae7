using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FleetMonitor.Api.Access;

/// <summary>The tokens of a file: their hashes, and whose they are. Immutable; a new file makes a new one.</summary>
/// <remarks>
/// A line is <c>NAME SCOPES sha256:HEX [MODEL-PATTERNS]</c>, parted by blanks; what follows <c>#</c> at a line's beginning is a comment. Tokens are random
/// and long, so a plain hash of one tells
/// nothing of it. Every entry is compared, each in constant time: how long it takes tells neither whether nor where a token was found. O(tokens), 32 bytes
/// each.
/// </remarks>
internal sealed class TokenTable
{
    public const int MaxTokens = 10_000;
    public const int MaxFileBytes = 4 << 20;

    /// <summary>A longer one is none of ours.</summary>
    private const int MaxTokenLength = 512;

    /// <summary>Enough to put right at a time.</summary>
    private const int MaxErrors = 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private const string HashPrefix = "sha256:";

    private static readonly TokenTable Empty = new([]);

    private readonly (byte[] Hash, Caller Caller)[] _entries;

    private TokenTable((byte[] Hash, Caller Caller)[] entries) => _entries = entries;

    public int Count => _entries.Length;

    /// <summary>Reads a file's text; everything that is wrong with it, by line, and never a hash.</summary>
    public static (TokenTable Table, IReadOnlyList<string> Errors) Parse(string text)
    {
        var entries = new List<(byte[] Hash, Caller Caller)>();
        var errors = new List<string>();
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (errors.Count == MaxErrors) break;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#')) continue;
            var (entry, error) = Entry(words);
            if (error is null && !known.Add(words[2])) error = "the same hash stands on an earlier line";
            if (error is null && entries.Count == MaxTokens) error = $"expected at most {MaxTokens} tokens";
            if (error is null) entries.Add(entry);
            else errors.Add(string.Create(CultureInfo.InvariantCulture, $"line {number}: {error}"));
        }
        return (errors.Count == 0 ? new TokenTable([.. entries]) : Empty, errors);
    }

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public Caller? Find(string token)
    {
        if (token.Length is 0 or > MaxTokenLength) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        Caller? found = null;
        foreach (var (known, caller) in _entries)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash)) found = caller;
        }
        return found;
    }

    private static ((byte[] Hash, Caller Caller) Entry, string? Error) Entry(string[] words)
    {
        if (words.Length is < 3 or > 4) return (default, $"expected NAME SCOPES {HashPrefix}HEX [MODEL-PATTERNS], got {words.Length} words");
        if (words[0].Length > 100) return (default, "expected a name of at most 100 characters");
        var scopes = AccessScopes.None;
        foreach (var word in words[1].Split(','))
        {
            if (Policies.Scope(word) is not { } scope) return (default, $"expected the scopes {Policies.Ingest}, {Policies.Read} or {Policies.Admin}, with commas between");
            scopes |= scope;
        }
        if (!words[2].StartsWith(HashPrefix, StringComparison.Ordinal) || words[2].Length != HashPrefix.Length + (2 * SHA256.HashSizeInBytes)
            || words[2].AsSpan(HashPrefix.Length).ContainsAnyExcept(HexDigits))
        {
            return (default, $"expected {HashPrefix} and 64 hexadecimal digits");
        }
        var (models, error) = words.Length == 4 ? ModelPatterns.Parse(words[3]) : (ModelPatterns.All, null);
        return error is not null ? (default, error) : ((Convert.FromHexString(words[2].AsSpan(HashPrefix.Length)), new Caller(words[0], scopes, models!)), null);
    }
}
