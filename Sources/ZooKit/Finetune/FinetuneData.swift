internal import Catalogue
internal import ZooBase
internal import ZooData
internal import ZooStore
internal import ZooText
internal import ZooTrain

/// The rows of a fine-tune: read, their labels understood, divided, and turned into tokens.
struct FinetuneData {
    /// The training file.
    let training: LoadedData
    /// The validation file, when it is one of its own.
    let validation: LoadedData?
    /// What the labels mean.
    let labels: LabelMapping
    /// Rows to train on and to validate on.
    let trainingRows: [DataRow]
    let validationRows: [DataRow]
    private let split: Split?

    /// Reads what `specification` names; continuing from `inherited` labels where they cover the data's.
    init(_ specification: FinetuneSpecification, inherited: [String]) throws {
        let task = try Catalogue.task(specification.task)
        training = try LoadedData(specification.data, task: task, sample: .train)
        labels = try Self.labels(of: training.dataset, task, asked: specification.data.labels, inherited)
        if let path = specification.validationPath {
            var request = specification.data
            request.path = path
            let loaded = try LoadedData(request, task: task, sample: .test)
            validation = loaded
            split = nil
            trainingRows = training.dataset.rows
            validationRows = loaded.dataset.rows
            _ = try labels.numbers(of: loaded.dataset)
        } else {
            let split = Split(
                training.dataset.rows, fraction: specification.validationShare,
                seed: UInt64(specification.recipe.seed))
            self.split = split
            validation = nil
            trainingRows = split.training.map { [rows = training.dataset.rows] in rows[$0] }
            validationRows = split.validation.map { [rows = training.dataset.rows] in rows[$0] }
        }
    }

    /// The labels of the base are kept when the data's own are all among them.
    private static func labels(
        of dataset: Dataset, _ task: TaskDescription, asked: String?, _ inherited: [String]
    ) throws -> LabelMapping {
        let found = dataset.labelCounts.map(\.label)
        if asked == nil, !inherited.isEmpty {
            let known = LabelMapping(labels: inherited, entries: [], reason: "the labels of the base")
            if found.allSatisfy({ known.number(of: $0) != nil }), found.count > 1 {
                return LabelMapping(
                    labels: inherited,
                    entries: found.compactMap { spelling in
                        known.number(of: spelling).map { LabelMapping.Entry(spelling: spelling, label: $0) }
                    }, reason: known.reason)
            }
        }
        return try task.labelMapping(dataset, asked: asked)
    }

    /// Token rows with their targets.
    struct Tokens {
        let training: [LabelledRow]
        let validation: [LabelledRow]
        let report: DataReport
    }

    /// Turns the rows into tokens, at most `maximumLength` each, and reports on them.
    func tokens(_ tokenizer: Tokenizer, maximumLength: Int, threads: Int) -> Tokens {
        var counts: [ExactString: Int] = [:]
        func encode(_ rows: [DataRow]) -> [LabelledRow] {
            let encoded = tokenizer.encodeIDsBatch(rows.map(\.text), maximumLength: maximumLength, threads: threads)
            return zip(rows, encoded).map { row, ids in
                counts[ExactString(row.text)] = ids.ids.count + ids.truncatedTokenCount
                return LabelledRow(
                    TokenizedRow(ids: ids.ids, typeIDs: ids.typeIDs),
                    target: .label(labels.number(of: row.label ?? "") ?? 0))
            }
        }
        let (first, second) = (encode(trainingRows), encode(validationRows))
        let report = DataReport(
            training: training.dataset, split: split, validation: validation?.dataset, labels: labels,
            tokenCounts: training.dataset.rows.map { counts[ExactString($0.text)] ?? 0 },
            maximumLength: maximumLength)
        return Tokens(training: first, validation: second, report: report)
    }

    /// The digests of the texts trained on, shortened to eight bytes each, sorted: how a test row is found in them.
    var rowDigests: [UInt8] { RowDigests.encode(trainingRows.map(\.textDigest)) }
}

/// The digests of training texts as they are kept with a version: the first eight bytes of each, sorted.
enum RowDigests {
    static let attachment = "training-rows"

    static func encode(_ digests: [ContentDigest]) -> [UInt8] {
        Set(digests.map(key)).sorted().flatMap { value in
            (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        }
    }

    static func decode(_ bytes: [UInt8]) -> Set<UInt64> {
        Set(
            stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { start in
                bytes[start..<start + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            })
    }

    /// Those of `manifest` and of every version it comes from: what a parent learnt, its child knows.
    static func trained(_ manifest: Manifest, in store: Store) throws -> Set<UInt64> {
        var texts: Set<UInt64> = []
        var waiting = [manifest]
        var seen: Set<ContentDigest> = []
        while let next = waiting.popLast() {
            if let attachment = next.attachment(attachment) {
                let bytes = try store.open(attachment)
                texts.formUnion(decode(bytes.array(0..<bytes.byteCount)))
            }
            for parent in next.derivation.parents where seen.insert(parent).inserted {
                waiting.append(try store.manifest(parent))
            }
        }
        return texts
    }

    static func key(_ digest: ContentDigest) -> UInt64 { UInt64(digest.hex.prefix(16), radix: 16)! }
}
