public import ZooBase

/// How much each class counts in the loss.
public enum ClassWeighting: Sendable, Hashable, JSONRepresentable {
    /// All alike.
    case none
    /// In inverse proportion to how often it occurs: rows ÷ (classes · rows of the class).
    case balanced
    /// As given, one a label.
    case list([Double])

    /// The value of the recipe key `classWeights`; nil when it is none.
    init?(_ json: JSON) {
        switch json {
        case .string("none"): self = .none
        case .string("balanced"): self = .balanced
        case .string(let text):
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            self.init(numbers: parts.map { Double($0.filter { $0 != " " }) })
        case .array(let elements): self.init(numbers: elements.map(\.number))
        default: return nil
        }
    }

    private init?(numbers: [Double?]) {
        let weights = numbers.compactMap { $0 }
        guard weights.count == numbers.count, !weights.isEmpty, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            return nil
        }
        self = .list(weights)
    }

    /// As in a recipe.
    public var json: JSON {
        switch self {
        case .none: "none"
        case .balanced: "balanced"
        case .list(let weights): .array(weights.map { .number($0) })
        }
    }

    /// One weight a class for training rows of which `counts` has each class; nil when all are alike.
    ///
    /// A class without rows counts as one row.
    ///
    /// - Throws: `TrainError.classWeightCount`.
    public func weights(counts: [Int]) throws(TrainError) -> [Float]? {
        switch self {
        case .none: return nil
        case .balanced:
            let total = Double(counts.reduce(0, +))
            return counts.map { Float(total / (Double(counts.count) * Double(max(1, $0)))) }
        case .list(let weights):
            guard weights.count == counts.count else {
                throw .classWeightCount(expected: counts.count, found: weights.count)
            }
            return weights.map { Float($0) }
        }
    }
}
