public import ZooBase

/// What an export wrote and which checks it passed.
public struct ExportResult: Sendable, JSONRepresentable {
    /// The version.
    public let version: String
    /// `hub` or `onnx`.
    public let format: String
    /// The folder.
    public let folder: String
    /// Name and size of each file.
    public let files: [(name: String, byteCount: Int)]
    /// The checks that ran, in words, with their figures.
    public let checks: [String]
    /// What is to be known of it beside, in words.
    public let notes: [String]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "version": .string(version), "format": .string(format), "folder": .string(folder),
            "files": .array(files.map { ["name": .string($0.name), "bytes": .integer($0.byteCount)] }),
            "checks": .array(checks.map { .string($0) }), "notes": .array(notes.map { .string($0) }),
        ]
    }
}

/// What is in a checkpoint.
public struct InspectResult: Sendable, JSONRepresentable {
    /// The file, folder or version.
    public let source: String
    /// The format, `safetensors`.
    public let format: String
    /// The program that wrote it, as far as the file says.
    public let producer: String?
    /// Metadata of the file.
    public let metadata: [(name: String, value: String)]
    /// The selected tensors, in the file's order.
    public let tensors: [TensorInfo]
    /// What the file holds in place of a tensor's elements (`Q8_0`), by name.
    public let storedAs: [String: String]
    /// The optimizer's state: no weights of the model.
    public let optimizerState: [TensorInfo]
    /// Tensors that are listed and cannot be read.
    public let unreadable: [(name: String, description: String, reason: String)]
    /// Sets of tensors with the same bytes; nil when they were not looked for.
    public let duplicates: [[String]]?
    /// Sets of tensors that are one in the file.
    public let tied: [[String]]
    /// Statistics of the selected tensors, when asked for.
    public let statistics: [(name: String, json: JSON)]
    /// The names nested, when asked for.
    public let tree: JSON?
    /// The architecture recognised, with its size in words.
    public let architecture: String?
    /// The tokenizer's kind and vocabulary size.
    public let tokenizer: String?
    /// Every licence stated, the one that holds first.
    public let licences: [LicenceStatement]

    /// The tensors, tied ones once.
    private var distinct: [TensorInfo] {
        let repeated = Set(tied.flatMap { $0.dropFirst() }.map { ExactString($0) })
        return repeated.isEmpty ? tensors : tensors.filter { !repeated.contains(ExactString($0.name)) }
    }
    /// Number of elements of floating-point tensors, tied ones once.
    public var parameterCount: Int { distinct.filter(\.dtype.isFloatingPoint).reduce(0) { $0 + $1.shape.elementCount } }
    /// Bytes of all tensors, tied ones once.
    public var byteCount: Int { distinct.reduce(0) { $0 + $1.byteCount } }
    /// Number and bytes of the tensors of each type, most bytes first, tied ones once.
    public var dtypes: [(dtype: DType, count: Int, byteCount: Int)] {
        Dictionary(grouping: distinct, by: \.dtype)
            .map { ($0.key, $0.value.count, $0.value.reduce(0) { $0 + $1.byteCount }) }
            .sorted { ($1.2, $0.0.writeRank) < ($0.2, $1.0.writeRank) }
    }

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "source": .string(source), "format": .string(format), "producer": producer.map { .string($0) },
            "metadata": .object(metadata.map { JSONMember($0.name, .string($0.value)) }),
            "architecture": architecture.map { .string($0) }, "tokenizer": tokenizer.map { .string($0) },
            "licence": licences.first.map { .string($0.identifier) },
            "licences": .array(licences.map(\.json)), "parameters": .integer(parameterCount),
            "bytes": .integer(byteCount),
            "dtypes": .object(
                dtypes.map {
                    JSONMember($0.dtype.rawValue, ["tensors": .integer($0.count), "bytes": .integer($0.byteCount)])
                }),
            "tensors": .array(tensors.map(describe)),
            "optimizerState": optimizerState.isEmpty ? nil : .array(optimizerState.map(describe)),
            "unreadable": unreadable.isEmpty
                ? nil
                : .array(
                    unreadable.map {
                        [
                            "name": .string($0.name), "description": .string($0.description),
                            "reason": .string($0.reason),
                        ]
                    }),
            "duplicates": duplicates.map { .array($0.map { .array($0.map { .string($0) }) }) },
            "tied": tied.isEmpty ? nil : .array(tied.map { .array($0.map { .string($0) }) }),
            "statistics": statistics.isEmpty
                ? nil : .object(statistics.map { JSONMember($0.name, $0.json) }),
            "tree": tree,
        ])
    }

    private func describe(_ info: TensorInfo) -> JSON {
        .object([
            "name": .string(info.name), "dtype": .string(info.dtype.rawValue),
            "shape": .array(info.shape.dimensions.map { .integer($0) }), "bytes": .integer(info.byteCount),
            "storedAs": storedAs[info.name].map { .string($0) },
        ])
    }
}

/// A text as the model sees it.
public struct TokenizeResult: Sendable, JSONRepresentable {
    /// Token ids.
    public let ids: [Int]
    /// The word pieces.
    public let tokens: [String]
    /// Where each comes from: code points of the text, end not included.
    public let offsets: [(start: Int, end: Int)]
    /// 0 for the first text, 1 for the second of a pair.
    public let typeIds: [Int]
    /// Tokens that were cut off.
    public let truncatedTokenCount: Int

    /// All fields, camelCase.
    public var json: JSON {
        [
            "ids": .array(ids.map { .integer($0) }), "tokens": .array(tokens.map { .string($0) }),
            "offsets": .array(offsets.map { [.integer($0.start), .integer($0.end)] }),
            "typeIds": .array(typeIds.map { .integer($0) }), "truncatedTokens": .integer(truncatedTokenCount),
        ]
    }
}

/// What `zoo doctor` found: lines grouped under titles.
public struct DoctorResult: Sendable, JSONRepresentable {
    /// Title, then name and value of each line.
    public let sections: [(title: String, lines: [(name: String, value: String)])]
    /// What is wrong or slow, with the remedy.
    public let warnings: [String]

    /// `{title: {name: value}}` with names in camel case, and `warnings`.
    public var json: JSON {
        .object(
            sections.map { section in
                JSONMember(
                    section.title,
                    .object(section.lines.map { JSONMember(Self.camelCase($0.name), .string($0.value)) }))
            } + [JSONMember("warnings", .array(warnings.map { .string($0) }))])
    }

    /// `free space` as `freeSpace`.
    private static func camelCase(_ title: String) -> String {
        let words = title.split(separator: " ")
        let first = words[0].first!.lowercased() + words[0].dropFirst()
        return first + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
