using System.Text;

namespace FleetMonitor.Api.Tests.OpenApi;

/// <summary>Makes texts that a pattern matches, of the patterns that the API's description has: literals, classes, groups, alternatives and counts.</summary>
internal sealed class PatternText(string pattern, Random random)
{
    private const int MostRepeats = 3;

    private int _at;

    /// <exception cref="NotSupportedException">The pattern has more than that.</exception>
    public string Make()
    {
        _at = 0;
        var text = Alternatives();
        return _at == pattern.Length ? text : throw new NotSupportedException($"{pattern} at {_at}");
    }

    /// <summary>All of them are made, since only that tells where they end; one is taken.</summary>
    private string Alternatives()
    {
        List<string> made = [Sequence()];
        while (_at < pattern.Length && pattern[_at] == '|')
        {
            _at++;
            made.Add(Sequence());
        }
        return made[random.Next(made.Count)];
    }

    private string Sequence()
    {
        var text = new StringBuilder();
        while (_at < pattern.Length && pattern[_at] is not ('|' or ')'))
        {
            if (pattern[_at] is '^' or '$')
            {
                _at++;
                continue;
            }
            var start = _at;
            var atom = Atom();
            var end = _at;
            var (least, most) = Count();
            var behind = _at;
            var repeats = random.Next(least, Math.Min(most, least + MostRepeats) + 1);
            for (var i = 0; i < repeats; i++)
            {
                // Each repetition is another one.
                text.Append(atom);
                _at = start;
                atom = Atom();
                if (_at != end) throw new NotSupportedException(pattern);
            }
            _at = behind;
        }
        return text.ToString();
    }

    private string Atom()
    {
        var next = pattern[_at++];
        switch (next)
        {
            case '(':
                var inner = Alternatives();
                return pattern[_at++] == ')' ? inner : throw new NotSupportedException(pattern);
            case '[':
                return Class();
            case '.':
                return ((char)random.Next(' ', '~')).ToString();
            case '\\':
                return pattern[_at++].ToString();
            default:
                return next.ToString();
        }
    }

    private string Class()
    {
        List<char> members = [];
        while (pattern[_at] != ']')
        {
            var from = pattern[_at++];
            if (pattern[_at] == '-' && pattern[_at + 1] != ']')
            {
                for (var c = from; c <= pattern[_at + 1]; c++) members.Add(c);
                _at += 2;
            }
            else
            {
                members.Add(from);
            }
        }
        _at++;
        return members[random.Next(members.Count)].ToString();
    }

    private (int Least, int Most) Count()
    {
        if (_at == pattern.Length) return (1, 1);
        switch (pattern[_at])
        {
            case '+': _at++; return (1, int.MaxValue - 1);
            case '*': _at++; return (0, int.MaxValue - 1);
            case '?': _at++; return (0, 1);
            case '{':
                var close = pattern.IndexOf('}', _at);
                var parts = pattern[(_at + 1)..close].Split(',');
                _at = close + 1;
                var least = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
                return (least, parts.Length == 1 ? least : int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
            default: return (1, 1);
        }
    }
}
