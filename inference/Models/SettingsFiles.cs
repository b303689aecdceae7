namespace FleetMonitor.Inference.Models;

/// <summary>Reads a model folder's settings: <c>config.pbtxt</c>, then <c>model.yaml</c> over it; both may be missing.</summary>
internal static class SettingsFiles
{
    private const int MaxBytes = 1 << 20;

    /// <exception cref="InferenceException">One cannot be read; the message names it.</exception>
    public static ModelSettings Read(string folder)
    {
        var settings = new ModelSettings();
        settings = Apply(settings, folder, ConfigPbtxt.FileName, (given, text) => ConfigPbtxt.Apply(given, text, file => Labels(folder, file)));
        return Apply(settings, folder, ModelYaml.FileName, ModelYaml.Apply);
    }

    private static ModelSettings Apply(ModelSettings settings, string folder, string name, Func<ModelSettings, string, ModelSettings> apply)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) return settings;
        try
        {
            return apply(settings, ReadText(path));
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new InferenceException(InferenceFailure.Unavailable, $"{name}: {exception.Message}", exception);
        }
    }

    private static string[] Labels(string folder, string file)
    {
        if (file != Path.GetFileName(file)) throw new FormatException($"label_filename: expected the name of a file beside {ConfigPbtxt.FileName}, got \"{file}\"");
        return [.. ReadText(Path.Combine(folder, file)).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    private static string ReadText(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new FormatException($"expected at most {MaxBytes} bytes");
        return File.ReadAllText(path);
    }
}
