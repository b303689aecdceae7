using System.Globalization;
using System.Text;
using FleetMonitor.Specs;

namespace FleetMonitor.Grains.Specs;

/// <summary>By which a change of a folder is seen: its spec files' paths, lengths and times.</summary>
internal static class FolderPrint
{
    public static string Of(string folder)
    {
        try
        {
            var text = new StringBuilder();
            foreach (var path in SpecFolder.Find(folder))
            {
                // Of a link, what it leads to: a mounted ConfigMap is changed by moving one.
                var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
                text.Append(CultureInfo.InvariantCulture, $"{path}\0{file.FullName}\0{(file.Exists ? file.Length : -1)}\0{file.LastWriteTimeUtc.Ticks}\n");
            }
            return text.ToString();
        }
        catch (Exception exception)
        {
            // Why it cannot be read is for whoever reads it to say.
            return exception.Message;
        }
    }
}
