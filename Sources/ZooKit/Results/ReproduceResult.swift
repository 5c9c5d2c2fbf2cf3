public import ZooBase

/// What came of making a version again.
public struct ReproduceResult: Sendable, JSONRepresentable {
    /// The answer.
    public enum Outcome: String, Sendable {
        /// Every byte of every file.
        case identical
        /// On other kernels, no tensor differs by more than the bound.
        case withinBound
        /// Something differs.
        case differs
        /// The version itself could not be made again.
        case notPossible
    }

    /// How much a tensor differs from the recorded one.
    public struct Difference: Sendable, JSONRepresentable {
        /// Its name.
        public let tensor: String
        /// |made - recorded| / |recorded|, both norms; nil when the tensors cannot be compared.
        public let relative: Double?
        /// Why they cannot be compared.
        public let reason: String?

        /// As in `{tensor, relative, reason}`.
        public var json: JSON {
            .object([
                "tensor": .string(tensor), "relative": relative.map { .number($0) } ?? .null,
                "reason": reason.map { .string($0) } ?? .null,
            ])
        }
    }

    /// One step of the chain.
    public struct Step: Sendable, JSONRepresentable {
        /// How the step was dealt with.
        public enum Action: String, Sendable {
            /// Made again.
            case made
            /// Not made again; what the registry holds was taken for the steps after it.
            case kept
            /// Not made again, and its files, or its parents' manifests, are not in the registry either.
            case missing
        }

        /// Its names in the registry, such as `reviews@2`.
        public let names: [String]
        /// The recorded manifest.
        public let digest: ContentDigest
        /// The derivation's operation.
        public let operation: String
        /// How it was dealt with.
        public internal(set) var action = Action.made
        /// Why it was not made again, or why its bits may differ.
        public internal(set) var reason: String?
        /// The weights digest recorded.
        public internal(set) var recordedWeights: ContentDigest?
        /// The weights digest found.
        public internal(set) var foundWeights: ContentDigest?
        /// Paths of the files whose bytes differ, sorted.
        public internal(set) var differingFiles: [String] = []
        /// The first tensor that differs, by the order of the recorded file.
        public internal(set) var first: Difference?
        /// The tensor that differs most.
        public internal(set) var largest: Difference?
        /// Wall-clock time.
        public internal(set) var seconds = 0.0

        /// Whether it was made again, every byte the same.
        public var isIdentical: Bool { action == .made && differingFiles.isEmpty && first == nil }
        /// The first of its names, or the digest.
        public var title: String { names.first ?? "sha256:\(digest.short)" }

        /// All fields, camelCase.
        public var json: JSON {
            .object([
                "names": .array(names.map { .string($0) }), "digest": .string(digest.description),
                "operation": .string(operation), "action": .string(action.rawValue),
                "identical": .bool(isIdentical), "reason": reason.map { .string($0) } ?? .null,
                "recordedWeights": recordedWeights.map { .string($0.description) } ?? .null,
                "foundWeights": foundWeights.map { .string($0.description) } ?? .null,
                "differingFiles": .array(differingFiles.map { .string($0) }), "firstDifference": first?.json ?? .null,
                "largestDifference": largest?.json ?? .null, "seconds": .number(seconds),
            ])
        }
    }

    /// The version, such as `reviews@2`.
    public let version: String
    /// The answer.
    public let outcome: Outcome
    /// The steps of its lineage, parents first; none after one that differs without a reason.
    public let steps: [Step]
    /// The kernels that computed.
    public let kernelSet: String
    /// The bound in use.
    public let bound: Double
    /// Wall-clock time.
    public let seconds: Double

    /// All fields, camelCase.
    public var json: JSON {
        [
            "version": .string(version), "outcome": .string(outcome.rawValue), "kernelSet": .string(kernelSet),
            "bound": .number(bound), "steps": .array(steps.map(\.json)), "seconds": .number(seconds),
        ]
    }
}

/// How far the reproduction of a version is.
public enum ReproduceEvent: Sendable {
    /// A step begins: its number from 1, how many there are, the version and the operation.
    case began(step: Int, of: Int, title: String, operation: String)
    /// Bytes of a pull.
    case bytes(done: Int, total: Int?)
    /// A step of training.
    case training(StepProgress)
    /// A step of the chain is done.
    case finished(ReproduceResult.Step)
}
