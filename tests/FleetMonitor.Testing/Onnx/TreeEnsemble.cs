namespace FleetMonitor.Testing.Onnx;

/// <summary>Random regression trees: as ONNX attributes, and evaluated plainly to compare with.</summary>
public sealed class TreeEnsemble
{
    private readonly List<(int Tree, int Id, int Feature, float Threshold, int Left, int Right)> _nodes = [];
    private readonly List<(int Tree, int Id, int Target, float Weight)> _leaves = [];

    /// <param name="targets">Outputs; each tree adds to one of them.</param>
    public TreeEnsemble(int seed, int trees, int depth, int features, int targets)
    {
        var random = new Random(seed);
        for (var tree = 0; tree < trees; tree++)
        {
            var inner = (1 << depth) - 1;
            for (var id = 0; id < inner; id++) _nodes.Add((tree, id, random.Next(features), (float)((random.NextDouble() * 4) - 2), (2 * id) + 1, (2 * id) + 2));
            for (var id = inner; id < (2 * inner) + 1; id++) _leaves.Add((tree, id, tree % targets, (float)(random.NextDouble() - 0.5)));
        }
    }

    /// <summary>Sums over the trees, by target; x ≤ threshold goes left.</summary>
    public double[] Evaluate(ReadOnlySpan<float> row, int targets)
    {
        // A tree's nodes lie one behind the other, its leaves too, each numbered from its inner nodes on.
        var sums = new double[targets];
        var trees = _leaves[^1].Tree + 1;
        int inner = _nodes.Count / trees, ends = _leaves.Count / trees;
        for (var tree = 0; tree < trees; tree++)
        {
            var id = 0;
            while (id < inner)
            {
                var node = _nodes[(tree * inner) + id];
                id = row[node.Feature] <= node.Threshold ? node.Left : node.Right;
            }
            var leaf = _leaves[(tree * ends) + id - inner];
            sums[leaf.Target] += leaf.Weight;
        }
        return sums;
    }

    /// <param name="role">class or target.</param>
    public (string, object)[] Attributes(string role)
    {
        var ends = _leaves.Select(l => (l.Tree, l.Id, Feature: 0, Threshold: 0f, Left: 0, Right: 0, Mode: "LEAF"));
        var all = _nodes.Select(n => (n.Tree, n.Id, n.Feature, n.Threshold, n.Left, n.Right, Mode: "BRANCH_LEQ")).Concat(ends).OrderBy(n => n.Tree).ThenBy(n => n.Id).ToList();
        return
        [
            ("nodes_treeids", all.Select(n => (long)n.Tree).ToArray()),
            ("nodes_nodeids", all.Select(n => (long)n.Id).ToArray()),
            ("nodes_featureids", all.Select(n => (long)n.Feature).ToArray()),
            ("nodes_values", all.Select(n => n.Threshold).ToArray()),
            ("nodes_modes", all.Select(n => n.Mode).ToArray()),
            ("nodes_truenodeids", all.Select(n => (long)n.Left).ToArray()),
            ("nodes_falsenodeids", all.Select(n => (long)n.Right).ToArray()),
            ($"{role}_treeids", _leaves.Select(l => (long)l.Tree).ToArray()),
            ($"{role}_nodeids", _leaves.Select(l => (long)l.Id).ToArray()),
            ($"{role}_ids", _leaves.Select(l => (long)l.Target).ToArray()),
            ($"{role}_weights", _leaves.Select(l => l.Weight).ToArray()),
        ];
    }
}
