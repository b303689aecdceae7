using System.Globalization;
using System.Text;

namespace FleetMonitor.Inference.Models;

/// <summary>A message in Protocol Buffers' text format, without its schema: fields in order, each a scalar's text or a message.</summary>
/// <remarks>Takes what model configurations use: <c>name: value</c>, <c>name { … }</c>, <c>[a, b]</c>, adjacent strings, <c>#</c> comments. Depth at most
/// 32.</remarks>
internal sealed class TextProto
{
    private const int MaxDepth = 32;

    private readonly List<(string Name, string? Text, TextProto? Message)> _fields = [];

    private TextProto()
    {
    }

    /// <exception cref="FormatException">It is not such a text; the message says at which line.</exception>
    public static TextProto Parse(string text)
    {
        var reader = new Reader(text);
        return reader.Message(end: null, depth: 0);
    }

    public IEnumerable<string> Texts(string name) => _fields.Where(f => f.Name == name && f.Text is not null).Select(f => f.Text!);

    public IEnumerable<TextProto> Messages(string name) => _fields.Where(f => f.Name == name && f.Message is not null).Select(f => f.Message!);

    public string? Text(string name) => Texts(name).LastOrDefault();

    public TextProto? Message(string name) => Messages(name).LastOrDefault();

    /// <exception cref="FormatException">The field is no whole number.</exception>
    public long? Number(string name) => Text(name) is { } text ? ToNumber(name, text) : null;

    public IEnumerable<long> Numbers(string name) => Texts(name).Select(text => ToNumber(name, text));

    private static long ToNumber(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{name}: expected a whole number, got \"{text}\"");

    private struct Reader(string text)
    {
        private int _at;

        public TextProto Message(char? end, int depth)
        {
            if (depth > MaxDepth) throw Wrong($"messages nest deeper than {MaxDepth}");
            var message = new TextProto();
            while (true)
            {
                Space();
                if (_at == text.Length) return end is null ? message : throw Wrong($"expected '{end}', got the end");
                if (text[_at] == end)
                {
                    _at++;
                    return message;
                }
                Field(message, depth);
            }
        }

        private void Field(TextProto message, int depth)
        {
            var name = Word("a field's name");
            Space();
            var colon = Take(':');
            Space();
            if (Take('['))
            {
                Space();
                if (Take(']')) return;
                do
                {
                    Space();
                    Value(message, name, depth, colon);
                    Space();
                }
                while (Take(','));
                if (!Take(']')) throw Wrong("expected ',' or ']'");
            }
            else
            {
                Value(message, name, depth, colon);
            }
            Space();
            if (!Take(',')) Take(';');
        }

        private void Value(TextProto message, string name, int depth, bool colon)
        {
            if (Take('{')) message._fields.Add((name, null, Message('}', depth + 1)));
            else if (Take('<')) message._fields.Add((name, null, Message('>', depth + 1)));
            else if (!colon) throw Wrong($"expected ':' or '{{' behind {name}");
            else if (_at < text.Length && text[_at] is '"' or '\'') message._fields.Add((name, Strings(), null));
            else message._fields.Add((name, Word("a value"), null));
        }

        private string Word(string expected)
        {
            var start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '-' or '+')) _at++;
            return _at > start ? text[start.._at] : throw Wrong($"expected {expected}");
        }

        private string Strings()
        {
            var value = new StringBuilder();
            while (_at < text.Length && text[_at] is '"' or '\'')
            {
                var quote = text[_at++];
                while (_at < text.Length && text[_at] != quote)
                {
                    if (text[_at] == '\n') throw Wrong("a string ends on its line");
                    value.Append(text[_at] == '\\' ? Escaped() : text[_at++]);
                }
                if (!Take(quote)) throw Wrong("a string has no end");
                Space();
            }
            return value.ToString();
        }

        private char Escaped()
        {
            if (++_at == text.Length) throw Wrong("a string has no end");
            return text[_at++] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                var other and ('"' or '\'' or '\\') => other,
                var other => throw Wrong($"expected \\n, \\t, \\r, \\\\ or a quote, got \\{other}"),
            };
        }

        private bool Take(char wanted)
        {
            if (_at == text.Length || text[_at] != wanted) return false;
            _at++;
            return true;
        }

        private void Space()
        {
            while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] == '#'))
            {
                if (text[_at] == '#')
                {
                    while (_at < text.Length && text[_at] != '\n') _at++;
                }
                else
                {
                    _at++;
                }
            }
        }

        private readonly FormatException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"line {text.AsSpan(0, _at).Count('\n') + 1}: {what}"));
    }
}
