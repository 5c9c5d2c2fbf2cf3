/// What the places along an axis of a tensor are.
public enum ModelAxis: String, Sendable, Hashable {
    /// The width of the hidden states.
    case hidden
    /// The heads of attention, each a block of as many places.
    case heads
    /// The units between the two linear layers of a feed-forward block.
    case units
    /// The tokens.
    case vocabulary
    /// The places of a sequence.
    case positions
    /// Anything that is never cut.
    case fixed
}

/// Which axes of which tensors are an architecture's layers, heads, units, vocabulary and positions, and what its
/// config.json calls their numbers: all that is needed to cut any of them everywhere at once.
public struct ModelAxes: Sendable {
    /// One tensor, or one a layer.
    public struct Rule: Sendable, Hashable {
        /// Its name without the dialect's prefix; `{layer}` stands for the number of a layer.
        public let name: String
        /// The meaning of each axis.
        public let axes: [ModelAxis]

        /// Makes a rule.
        public init(_ name: String, _ axes: ModelAxis...) {
            self.name = name
            self.axes = axes
        }
    }

    /// The tensors; those that no rule names are kept as they are.
    public let rules: [Rule]
    /// The tensor through which alone heads reach the rest of the model: a head's importance is the norm of its part.
    public let headOutput: String
    /// The same for the units.
    public let unitOutput: String
    /// The keys of config.json.
    public let layersKey: String, headsKey: String, unitsKey: String, vocabularyKey: String, positionsKey: String
    /// The key that lists heads taken out, by layer; nil when the architecture has none.
    public let prunedHeadsKey: String?
    /// The key of the width, which `heads` divides.
    public let hiddenKey: String

    /// The rule for the tensor called `name` (without the dialect's prefix), and its layer when it has one.
    public func rule(_ name: String) -> (rule: Rule, layer: Int?)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        for rule in rules {
            let pattern = rule.name.split(separator: ".", omittingEmptySubsequences: false)
            guard pattern.count == parts.count else { continue }
            var layer: Int?
            let fits = zip(pattern, parts).allSatisfy { wanted, found in
                guard wanted == "{layer}" else { return wanted == found }
                layer = Int(found)
                return layer.map { String($0) == found } ?? false
            }
            if fits { return (rule, layer) }
        }
        return nil
    }
}
