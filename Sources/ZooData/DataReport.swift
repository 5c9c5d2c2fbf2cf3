public import ZooBase

/// What is to be known about data before anything is computed with it.
public struct DataReport: Sendable, Equatable, JSONRepresentable {
    /// How many rows have a label.
    public struct ClassCount: Sendable, Equatable {
        /// The label.
        public let label: String
        /// Rows of training that have it.
        public let training: Int
        /// Rows of validation that have it.
        public let validation: Int
    }
    /// Rows cut because they are too long.
    public struct Truncation: Sendable, Equatable {
        /// The longest length kept, in tokens.
        public let maximumLength: Int
        /// Rows that are longer.
        public let rows: Int
        /// Tokens they lose.
        public let tokens: Int

        /// Counts what a limit of `maximumLength` cuts off texts of `lengths` tokens.
        public init(_ lengths: [Int], maximumLength: Int) {
            self.maximumLength = maximumLength
            rows = lengths.count { $0 > maximumLength }
            tokens = lengths.reduce(0) { $0 + max(0, $1 - maximumLength) }
        }
    }

    /// The training file.
    public let path: String
    /// Format and layout of the training file.
    public let layout: String
    /// The digest of the training file.
    public let fileDigest: ContentDigest
    /// The columns of the training file.
    public let columns: ColumnChoice
    /// The rows of the training file.
    public let accounting: RowAccounting
    /// The validation file, when it is another.
    public let validationPath: String?
    /// The rows of the validation file, when it is another.
    public let validationAccounting: RowAccounting?
    /// What the labels mean.
    public let labels: LabelMapping?
    /// Rows of training.
    public let trainingRows: Int
    /// Rows of validation.
    public let validationRows: Int
    /// Rows by label, in the order of the labels' numbers.
    public let balance: [ClassCount]
    /// Lengths in characters (Unicode scalars).
    public let characters: LengthSummary?
    /// Lengths in tokens, as the model sees them before truncation.
    public let tokens: LengthSummary?
    /// What is cut off.
    public let truncation: Truncation?
    /// Validation rows whose text is in training too.
    public let leakedRows: Int

    /// Describes training and validation rows.
    ///
    /// - Parameters:
    ///   - training: the training file, and both sides of `split` when there is one.
    ///   - split: how `training` is divided; ignored when `validation` is given.
    ///   - validation: a file of its own.
    ///   - labels: what the labels mean.
    ///   - tokenCounts: tokens of each row of `training`, special tokens included.
    ///   - maximumLength: where rows are cut, in tokens.
    public init(
        training: Dataset, split: Split? = nil, validation: Dataset? = nil, labels: LabelMapping? = nil,
        tokenCounts: [Int]? = nil, maximumLength: Int? = nil
    ) {
        path = training.path
        layout = "\(training.format): \(training.layout)"
        fileDigest = training.fileDigest
        columns = training.columns
        accounting = training.accounting
        validationPath = validation?.path
        validationAccounting = validation?.accounting
        self.labels = labels
        let isDivided = validation == nil && split != nil
        let trained = isDivided ? split?.training.map { training.rows[$0] } ?? [] : training.rows
        let validated = validation?.rows ?? split?.validation.map { training.rows[$0] } ?? []
        trainingRows = trained.count
        validationRows = validated.count
        balance = labels.map { Self.balance(trained, validated, $0) } ?? []
        characters = LengthSummary(
            training.rows.map { row in row.text.utf8.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } })
        tokens = tokenCounts.flatMap(LengthSummary.init)
        truncation = tokenCounts.flatMap { counts in maximumLength.map { Truncation(counts, maximumLength: $0) } }
        leakedRows = Self.leaked(validated, from: trained)
    }

    /// How many of `rows` have a text that is in `training` too.
    public static func leaked(_ rows: [DataRow], from training: [DataRow]) -> Int {
        let texts = Set(training.map { ExactString($0.text) })
        return rows.count { texts.contains(ExactString($0.text)) }
    }

    /// How many of `rows` have a text whose digest is in `training`, the text digests kept with a version.
    public static func leaked(_ rows: [DataRow], from training: Set<ContentDigest>) -> Int {
        rows.count { training.contains($0.textDigest) }
    }

    private static func balance(_ training: [DataRow], _ validation: [DataRow], _ labels: LabelMapping) -> [ClassCount]
    {
        func counts(_ rows: [DataRow]) -> [Int] {
            var counts = [Int](repeating: 0, count: labels.labels.count)
            for row in rows { if let number = row.label.flatMap(labels.number) { counts[number] += 1 } }
            return counts
        }
        let trained = counts(training)
        let validated = counts(validation)
        return labels.labels.indices.map {
            ClassCount(label: labels.labels[$0], training: trained[$0], validation: validated[$0])
        }
    }

    /// All of it.
    public var json: JSON {
        .object([
            "path": .string(path), "layout": .string(layout), "sha256": .string(fileDigest.hex),
            "columns": columns.json, "rows": accounting.json,
            "validationPath": validationPath.map { .string($0) }, "validationRowsRead": validationAccounting?.json,
            "labels": labels?.json, "trainingRows": .integer(trainingRows), "validationRows": .integer(validationRows),
            "balance": .array(
                balance.map {
                    [
                        "label": .string($0.label), "training": .integer($0.training),
                        "validation": .integer($0.validation),
                    ]
                }),
            "characters": characters?.json, "tokens": tokens?.json,
            "truncation": truncation.map {
                [
                    "maximumLength": .integer($0.maximumLength), "rows": .integer($0.rows),
                    "tokens": .integer($0.tokens),
                ]
            },
            "leakedRows": .integer(leakedRows),
        ])
    }
}
