internal import ZooBase

/// Which of a model folder's files hold its weights.
public enum WeightFiles {
    /// Names and endings in the order in which they are preferred: what is safest and quickest to read first.
    private static let preferred: [(Bool, String)] = [
        (true, "model.safetensors"), (true, "model.safetensors.index.json"), (false, ".safetensors.index.json"),
        (false, ".safetensors"), (true, "pytorch_model.bin"), (true, "pytorch_model.bin.index.json"),
        (false, ".bin.index.json"), (false, "model.bin"), (false, ".pt"), (false, ".pth"), (false, ".th"),
        (false, ".ckpt"), (true, "tf_model.h5"), (false, ".weights.h5"), (false, ".h5"), (false, ".hdf5"),
        (false, ".keras"), (false, ".npz"), (false, ".gguf"),
        // Last, since any program's data may be called so.
        (false, ".bin"),
    ]

    /// How the names begin of what training programs keep beside the weights under the same endings.
    private static let training = [
        "training_args", "trainer_state", "optimizer", "scheduler", "scaler", "sampler", "rng_state", "random_states",
        "tokenizer", "vocab",
    ]

    /// The file to open among `names`, which lie in one folder: weights, or the index of their shards; nil when there is
    /// none.
    ///
    /// Where several would do, the first in the order of the bytes of their names; a sharded checkpoint is opened by its
    /// index. What training programs keep beside the weights, such as `optimizer.bin`, is not chosen.
    public static func choose(among names: [String]) -> String? {
        let candidates = names.filter { name in
            !name.contains("/") && !training.contains { name.lowercased().hasPrefix($0) }
        }
        let sorted = candidates.sorted { ExactString($0) < ExactString($1) }
        for (isWhole, ending) in preferred {
            if let name = sorted.first(where: { isWhole ? $0 == ending : $0.lowercased().hasSuffix(ending) }) {
                return name
            }
        }
        return nil
    }

    /// Whether a file called `name` holds weights or what training keeps beside them, and so is no part of a model whose
    /// weights lie in another file.
    public static func isCheckpoint(_ name: String) -> Bool {
        !name.contains("/") && preferred.contains { name.lowercased().hasSuffix($0.1) }
    }
}
