internal import ZooBase

/// Which of a model folder's files hold its weights.
public enum WeightFiles {
    /// Names and endings in the order in which they are preferred: what is safest and quickest to read first.
    private static let preferred: [(Bool, String)] = [
        (true, "model.safetensors"), (true, "model.safetensors.index.json"), (false, ".safetensors.index.json"),
        (false, ".safetensors"), (true, "pytorch_model.bin"), (true, "pytorch_model.bin.index.json"),
        (false, ".bin.index.json"), (false, ".bin"), (false, ".pt"), (false, ".pth"), (true, "tf_model.h5"),
        (false, ".weights.h5"), (false, ".h5"), (false, ".hdf5"), (false, ".keras"), (false, ".npz"), (false, ".gguf"),
    ]

    /// The file to open among `names`, which lie in one folder: weights, or the index of their shards; nil when there is
    /// none.
    ///
    /// Where several would do, the first in the order of the bytes of their names; a sharded checkpoint is opened by its
    /// index.
    public static func choose(among names: [String]) -> String? {
        let sorted = names.filter { !$0.contains("/") }.sorted { ExactString($0) < ExactString($1) }
        for (isWhole, ending) in preferred {
            if let name = sorted.first(where: { isWhole ? $0 == ending : $0.lowercased().hasSuffix(ending) }) {
                return name
            }
        }
        return nil
    }
}
