using Xunit;

// A process's meters are one space: the metrics of two hosts at a time would be told from each other by nobody.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
