public import ZooBase

/// What a cut takes away, what it wrote, and what the result makes of texts.
public struct SliceResult: Sendable, JSONRepresentable {
    /// A size that changes.
    public struct Change: Sendable {
        /// As in `layers`, `heads of layer 0`, `word pieces`.
        public let what: String
        /// How many there were.
        public let before: Int
        /// How many there are.
        public let after: Int
        /// Which ones, numbered as in the source, where there are few.
        public let kept: String?
    }

    /// A tensor of which a part stays.
    public struct RangeCut: Sendable {
        /// Its name.
        public let tensor: String
        /// Its shape.
        public let before: [Int]
        /// What stays of it.
        public let after: [Int]
    }

    /// What both models made of the same texts.
    public struct Check: Sendable {
        /// What was compared: `logits`, `pooled outputs`, or `hidden states` where there is no pooler.
        public let outputs: String
        /// Texts run.
        public let textCount: Int
        /// Texts that need word pieces that are gone.
        public let leftOutCount: Int
        /// The largest absolute difference of an output.
        public let largestDifference: Double
        /// The mean relative change of the outputs.
        public let relativeChange: Double
    }

    /// What was cut.
    public let source: String
    /// The sizes that change.
    public let changes: [Change]
    /// Tensors left out by name.
    public let dropped: [String]
    /// Tensors cut by name.
    public let ranges: [RangeCut]
    /// Tensors before.
    public let tensorsBefore: Int
    /// Tensors after.
    public let tensorsAfter: Int
    /// Parameters before.
    public let parametersBefore: Int
    /// Parameters after.
    public let parametersAfter: Int
    /// Bytes before.
    public let bytesBefore: Int
    /// Bytes after.
    public let bytesAfter: Int
    /// The element type that floating-point tensors get; nil when they keep theirs.
    public let dtype: String?
    /// Whether the result must compute what the original does on texts that stay within it.
    public let isExact: Bool
    /// Whether nothing was written.
    public let isDryRun: Bool
    /// The path or version written.
    public var destination: String?
    /// The identity of the weights, for a version.
    public var weightsDigest: ContentDigest?
    /// Whether the version was there already.
    public var alreadyExisted = false
    /// What the change of element type lost; nil when none was asked for or nothing was written.
    public var loss: ConvertResult.Loss?
    /// The check; nil when the result was not run.
    public var check: Check?
    /// Why the result was not run.
    public var notRun: String?
    /// What is to be known of the result beside, in words.
    public var notes: [String] = []
    /// From start to finish.
    public var seconds = 0.0

    /// All fields, camelCase.
    public var json: JSON {
        var members: [JSONMember] = [
            JSONMember("source", .string(source)), JSONMember("changes", .array(changes.map(\.json))),
            JSONMember("dropped", .array(dropped.map { .string($0) })),
            JSONMember("ranges", .array(ranges.map(\.json))),
            JSONMember("tensors", ["before": .integer(tensorsBefore), "after": .integer(tensorsAfter)]),
            JSONMember("parameters", ["before": .integer(parametersBefore), "after": .integer(parametersAfter)]),
            JSONMember("bytes", ["before": .integer(bytesBefore), "after": .integer(bytesAfter)]),
        ]
        members.append(JSONMember("dtype", dtype.map { .string($0) } ?? .null))
        members.append(JSONMember("exact", .bool(isExact)))
        members.append(JSONMember("dryRun", .bool(isDryRun)))
        members.append(JSONMember("destination", destination.map { .string($0) } ?? .null))
        members.append(JSONMember("weightsDigest", weightsDigest.map { .string($0.hex) } ?? .null))
        members.append(JSONMember("alreadyExisted", .bool(alreadyExisted)))
        members.append(JSONMember("loss", loss?.json ?? .null))
        members.append(JSONMember("check", check?.json ?? .null))
        members.append(JSONMember("notRun", notRun.map { .string($0) } ?? .null))
        members.append(JSONMember("notes", .array(notes.map { .string($0) })))
        members.append(JSONMember("seconds", .number(seconds)))
        return .object(members)
    }
}

extension SliceResult.Change: JSONRepresentable {
    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "what": .string(what), "before": .integer(before), "after": .integer(after),
            "kept": kept.map { .string($0) },
        ])
    }
}

extension SliceResult.RangeCut: JSONRepresentable {
    /// All fields, camelCase.
    public var json: JSON {
        [
            "tensor": .string(tensor), "before": .array(before.map { .integer($0) }),
            "after": .array(after.map { .integer($0) }),
        ]
    }
}

extension SliceResult.Check: JSONRepresentable {
    /// All fields, camelCase.
    public var json: JSON {
        [
            "outputs": .string(outputs), "texts": .integer(textCount), "leftOut": .integer(leftOutCount),
            "largestDifference": .number(largestDifference), "relativeChange": .number(relativeChange),
        ]
    }
}
