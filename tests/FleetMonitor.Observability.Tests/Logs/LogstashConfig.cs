namespace FleetMonitor.Observability.Tests.Logs;

/// <summary>A Logstash pipeline file read by the language that its reference describes: sections, plugins, settings, values, conditionals, comments.</summary>
/// <remarks>
/// Recursive descent, written from the documentation ("Structure of a pipeline", "Accessing event data and fields"); what that does not allow is a <see
/// cref="FormatException"/> with line and column.
/// </remarks>
internal sealed class LogstashConfig
{
    private static readonly string[] Comparisons = ["==", "!=", "<=", ">=", "=~", "!~", "<", ">"];

    private readonly string _text;
    private readonly List<LogstashPlugin> _plugins = [];
    private int _at;

    private LogstashConfig(string text)
    {
        _text = text;
        Space();
        while (_at < _text.Length) Section();
    }

    /// <summary>Every plugin of every section and branch, in order.</summary>
    public static IReadOnlyList<LogstashPlugin> Parse(string text) => new LogstashConfig(text)._plugins;

    private void Section()
    {
        var section = Word();
        if (section is not ("input" or "filter" or "output")) throw Fault("expected input, filter or output");
        Expect("{");
        Statements(section);
    }

    private void Statements(string section)
    {
        while (!Take("}"))
        {
            if (!TakeWord("if"))
            {
                Plugin(section);
                continue;
            }
            Branch(section);
        }
    }

    private void Branch(string section)
    {
        Condition();
        Expect("{");
        Statements(section);
        while (TakeWord("else"))
        {
            if (TakeWord("if"))
            {
                Condition();
                Expect("{");
                Statements(section);
                continue;
            }
            Expect("{");
            Statements(section);
            return;
        }
    }

    private void Plugin(string section)
    {
        var name = Name();
        if (name is "else") throw Fault("an else without its if");
        _plugins.Add(new LogstashPlugin(section, name, Settings()));
    }

    private void Condition()
    {
        do Expression();
        while (TakeWord("and") || TakeWord("or") || TakeWord("xor") || TakeWord("nand"));
    }

    private void Expression()
    {
        if (Take("!"))
        {
            if (Peek('(')) Parenthesis();
            else if (Peek('[')) Selector();
            else throw Fault("expected a field or a parenthesis after !");
            return;
        }
        if (Peek('('))
        {
            Parenthesis();
            return;
        }
        Operand();
        if (TakeWord("in"))
        {
            Operand();
        }
        else if (TakeWord("not"))
        {
            if (!TakeWord("in")) throw Fault("expected in after not");
            Operand();
        }
        else if (Comparisons.FirstOrDefault(Take) is { } comparison)
        {
            if (comparison is "=~" or "!~" && Peek('/')) Pattern();
            else Operand();
        }
    }

    private void Parenthesis()
    {
        Expect("(");
        Condition();
        Expect(")");
    }

    private void Operand()
    {
        if (Peek('"') || Peek('\'')) Text();
        else if (Peek('/')) Pattern();
        else if (Peek('-') || (_at < _text.Length && char.IsAsciiDigit(_text[_at]))) Number();
        else if (Peek('[') && !IsArray()) Selector();
        else if (Peek('[')) Array();
        else throw Fault("expected a field, a text, a number, a list or a pattern");
    }

    /// <summary>A list holds values, and so a quote, a number behind a comma, or nothing; a field reference holds a name.</summary>
    private bool IsArray()
    {
        var inner = _text[(_at + 1)..].TrimStart();
        return inner.Length > 0 && (inner[0] is '"' or '\'' or ']' || char.IsAsciiDigit(inner[0]));
    }

    private void Selector()
    {
        while (_at < _text.Length && _text[_at] == '[')
        {
            var end = _text.IndexOfAny([']', ',', '[', '\n'], _at + 1);
            if (end <= _at + 1 || _text[end] != ']') throw Fault("expected a field's name in brackets");
            _at = end + 1;
        }
        Space();
    }

    private void Value()
    {
        if (Peek('"') || Peek('\'')) Text();
        else if (Peek('[')) Array();
        else if (Peek('{')) Hash();
        else if (Peek('-') || (_at < _text.Length && char.IsAsciiDigit(_text[_at]))) Number();
        else if (Word() is var word && Peek('{')) Codec(word);
    }

    /// <summary>A value that is a plugin of its own: <c>codec => json { … }</c>.</summary>
    private void Codec(string name) => _plugins.Add(new LogstashPlugin("codec", name, Settings()));

    private List<string> Settings()
    {
        Expect("{");
        var settings = new List<string>();
        while (!Take("}"))
        {
            settings.Add(Name());
            Expect("=>");
            Value();
        }
        return settings;
    }

    private void Array()
    {
        Expect("[");
        if (Take("]")) return;
        do Value();
        while (Take(","));
        Expect("]");
    }

    /// <summary>Entries stand beside each other, without commas.</summary>
    private void Hash()
    {
        Expect("{");
        while (!Take("}"))
        {
            if (Peek('"') || Peek('\'')) Text();
            else if (_at < _text.Length && char.IsAsciiDigit(_text[_at])) Number();
            else Word();
            Expect("=>");
            Value();
        }
    }

    private string Name()
    {
        if (!Peek('"') && !Peek('\'')) return Word();
        var start = _at + 1;
        Text();
        return _text[start.._text.LastIndexOf(_text[start - 1], _at - 1)];
    }

    private string Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-')) _at++;
        if (_at == start) throw Fault("expected a name");
        var word = _text[start.._at];
        Space();
        return word;
    }

    private void Text()
    {
        var quote = _text[_at++];
        while (_at < _text.Length && _text[_at] != quote) _at += _text[_at] == '\\' ? 2 : 1;
        if (_at >= _text.Length) throw Fault("a text without its end");
        _at++;
        Space();
    }

    private void Pattern()
    {
        _at++;
        while (_at < _text.Length && _text[_at] is not ('/' or '\n')) _at += _text[_at] == '\\' ? 2 : 1;
        if (_at >= _text.Length || _text[_at] != '/') throw Fault("a pattern without its end");
        _at++;
        Space();
    }

    private void Number()
    {
        if (_text[_at] == '-') _at++;
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.')) _at++;
        if (_at == start || (_at < _text.Length && char.IsAsciiLetter(_text[_at]))) throw Fault("expected a number");
        Space();
    }

    private bool Peek(char expected) => _at < _text.Length && _text[_at] == expected;

    private bool Take(string expected)
    {
        if (string.CompareOrdinal(_text, _at, expected, 0, expected.Length) != 0) return false;
        _at += expected.Length;
        Space();
        return true;
    }

    private bool TakeWord(string expected)
    {
        var end = _at + expected.Length;
        return (end >= _text.Length || !(char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_')) && Take(expected);
    }

    private void Expect(string expected)
    {
        if (!Take(expected)) throw Fault($"expected {expected}");
    }

    /// <summary>Over white space and comments.</summary>
    private void Space()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#') _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
            else _at++;
        }
    }

    private FormatException Fault(string what)
    {
        var before = _text[..Math.Min(_at, _text.Length)];
        return new FormatException($"line {before.Count(c => c == '\n') + 1}, column {before.Length - before.LastIndexOf('\n')}: {what}");
    }
}

/// <summary>A plugin in a section, and the settings it is given.</summary>
internal sealed record LogstashPlugin(string Section, string Name, IReadOnlyList<string> Settings);
