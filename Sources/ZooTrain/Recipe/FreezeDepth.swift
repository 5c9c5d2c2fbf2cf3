public import ZooBase

/// Which part of a pretrained encoder keeps its weights.
public enum FreezeDepth: Sendable, Hashable, JSONRepresentable {
    /// Nothing is frozen.
    case none
    /// The embeddings.
    case embeddings
    /// The embeddings and this many layers, counted from the input.
    case layers(Int)
    /// Everything but the head.
    case all

    /// The value of the recipe key `freeze`; nil when it is none.
    init?(_ json: JSON) {
        switch json {
        case .string("none"): self = .none
        case .string("embeddings"): self = .embeddings
        case .string("all"): self = .all
        case .string(let text):
            guard let layers = Int(text), layers >= 0 else { return nil }
            self = .layers(layers)
        case .integer(let layers) where layers >= 0: self = .layers(layers)
        default: return nil
        }
    }

    /// As in a recipe.
    public var json: JSON {
        switch self {
        case .none: "none"
        case .embeddings: "embeddings"
        case .layers(let count): .integer(count)
        case .all: "all"
        }
    }

    /// Whether a parameter at `depth` keeps its value: embeddings are at 0, layer k at k + 1, the head at `headDepth`.
    public func freezes(depth: Int, headDepth: Int) -> Bool {
        guard depth < headDepth else { return false }
        switch self {
        case .none: return false
        case .embeddings: return depth == 0
        case .layers(let count): return depth <= count
        case .all: return true
        }
    }
}
