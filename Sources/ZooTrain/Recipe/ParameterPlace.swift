/// Where in a model a parameter is, read from its name in the checkpoint.
public enum ParameterPlace: Sendable, Hashable {
    /// Before the first layer.
    case embeddings
    /// Layer `index`, from 0, nearest the input first.
    case layer(Int)
    /// After the last layer and pretrained: a pooler, a final norm.
    case top
    /// Added for the task.
    case head

    /// The place of the parameter `name`; `headNames` are the parameters of the head.
    public init(_ name: String, headNames: Set<String>) {
        let parts = name.split(separator: ".")
        let container = parts.firstIndex { $0 == "layer" || $0 == "layers" || $0 == "h" || $0 == "block" }
        if headNames.contains(name) {
            self = .head
        } else if let container, container + 1 < parts.count, let index = Int(parts[container + 1]) {
            self = .layer(index)
        } else if parts.contains(where: { $0.hasSuffix("embeddings") || $0 == "wte" || $0 == "wpe" }) {
            self = .embeddings
        } else {
            self = .top
        }
    }
}

/// Which parameters weight decay shrinks.
public enum WeightDecay {
    /// Whether it applies to the parameter `name`: to all but biases and norms, as transformers' trainer has it.
    public static func applies(to name: String) -> Bool {
        let lowered = name.lowercased()
        if ["bias", "layernorm", "rmsnorm"].contains(where: { lowered.contains($0) }) { return false }
        return !lowered.split(separator: ".").contains { $0 == "norm" || $0.hasSuffix("_norm") }
    }
}
