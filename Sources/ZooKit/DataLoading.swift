internal import Catalogue
internal import ZooBase
internal import ZooData

/// A data file in memory: its rows, its bytes, and what it is called.
struct LoadedData {
    /// Rows and the account of them.
    let dataset: Dataset
    /// The file's bytes, so that they can be kept.
    let bytes: ByteStorage
    /// File name, or the sample's path in the catalogue.
    let name: String
    /// Whether it is the task's own sample.
    let isSample: Bool

    /// The role of sample data a task has.
    enum Sample { case train, test }

    /// Reads the file that `request` names, else the sample data of `task`.
    init(_ request: DataRequest, task: TaskDescription?, sample: Sample) throws {
        let options = try request.options()
        isSample = request.path == nil
        if let path = request.path {
            name = FilePaths.name(of: path)
            bytes = try Self.storage(path)
            dataset = try Dataset(path, storage: bytes, options: options)
        } else {
            guard let samples = task?.samples else {
                throw KitError.noSampleData(task: task?.name ?? "this model's task")
            }
            name = sample == .train ? samples.train : samples.test
            bytes = ByteStorage(copying: try Catalogue.bytes(name))
            dataset = try Dataset(name, storage: bytes, options: options)
        }
    }

    private static func storage(_ path: String) throws -> ByteStorage {
        do { return try ByteStorage(mapping: path) } catch { throw DataError.file(error) }
    }
}

extension DataRequest {
    /// The reader's options.
    func options() throws(KitError) -> DatasetOptions {
        var options = DatasetOptions()
        options.textColumn = textColumn
        options.labelColumn = labelColumn
        options.hasHeader = hasHeader
        options.usesQuotes = isQuoted
        options.format = format
        options.dropsMalformed = dropsMalformed
        options.dropsConflicts = dropsConflicts
        guard let encoding = TextEncoding(rawValue: encoding) else {
            throw .invalidOption(
                name: "--encoding", value: encoding,
                expected: TextEncoding.allCases.map(\.rawValue).joined(separator: " or "))
        }
        options.encoding = encoding
        return options
    }

    /// What of the request can change a bit of the result.
    var parameters: JSON {
        .object([
            "textColumn": textColumn.map { .string($0) }, "labelColumn": labelColumn.map { .string($0) },
            "header": hasHeader.map { .bool($0) }, "quoting": isQuoted.map { .bool($0) },
            "format": format.map { .string($0) },
            "dropMalformed": dropsMalformed ? true : nil,
            "encoding": encoding == "utf8" ? nil : .string(encoding), "labels": labels.map { .string($0) },
            "dropConflicts": dropsConflicts ? true : nil,
        ])
    }

    /// Reads what `parameters` gives.
    init(path: String?, parameters: JSON) {
        self.init()
        self.path = path
        textColumn = parameters["textColumn"]?.string
        labelColumn = parameters["labelColumn"]?.string
        hasHeader = parameters["header"]?.bool
        isQuoted = parameters["quoting"]?.bool
        format = parameters["format"]?.string
        dropsMalformed = parameters["dropMalformed"]?.bool ?? false
        encoding = parameters["encoding"]?.string ?? "utf8"
        labels = parameters["labels"]?.string
        dropsConflicts = parameters["dropConflicts"]?.bool ?? false
    }
}

extension TaskDescription {
    /// What the labels of `dataset` mean for this task.
    func labelMapping(_ dataset: Dataset, asked: String?) throws -> LabelMapping {
        let sets = labelSets.map { set in
            ZooData.LabelSet(name: set.name, labels: set.labels, spelledAs: set.spellings.filter { $0 != set.labels })
        }
        do { return try LabelMapping.decide(found: dataset.labelCounts, sets: sets, asked: asked) } catch {
            if case .invalidLabelMapping = error { throw error }
            throw DataError.labels(path: dataset.path, error)
        }
    }
}

extension DataReport {
    /// The report for people.
    ///
    /// - Parameter isSample: whether the rows are the task's own and not the user's.
    func lines(isSample: Bool) -> [String] {
        let name = isSample ? "the task's own sample data, \(path)" : path
        var lines = [
            "data       \(name): \(layout), \(Counted(accounting.read, "row")), \(accounting.droppedSummary)"
        ]
        if let validationPath, let validationAccounting {
            lines.append(
                "           \(validationPath): \(Counted(validationAccounting.read, "row")), "
                    + validationAccounting.droppedSummary)
            lines += Self.repeats(validationAccounting, "validation ")
        }
        lines.append(
            "columns    text: \(columns.text.name) (\(columns.text.reason))"
                + (columns.label.map { "; label: \($0.name) (\($0.reason))" } ?? ""))
        lines += Self.repeats(accounting)
        if let labels { lines.append("labels     \(labels.description)  (\(labels.reason))") }
        let source = validationPath.map { "from \($0)" } ?? "split off, stratified"
        lines.append("rows       \(trainingRows) to train on, \(validationRows) to validate on (\(source))")
        lines.append(
            "balance    "
                + balance.map { "\($0.label) \($0.training) + \($0.validation)" }.joined(separator: ", "))
        if let tokens {
            lines.append(
                "tokens     median \(tokens.median), 90 % up to \(tokens.p90), 99 % up to \(tokens.p99), "
                    + "longest \(tokens.maximum)")
        }
        if let truncation {
            lines.append(
                "cut at     \(truncation.maximumLength) tokens: "
                    + "\(Counted(truncation.rows, "row")) \(truncation.rows == 1 ? "loses" : "lose") "
                    + "\(Counted(truncation.tokens, "token"))")
        }
        if leakedRows > 0 {
            lines.append(
                "leak       \(Counted(leakedRows, "validation row")) with a text that is in training too")
        }
        return lines
    }

    private static func repeats(_ accounting: RowAccounting, _ whose: String = "") -> [String] {
        guard accounting.duplicates > 0 || accounting.conflicts > 0 else { return [] }
        let fate = accounting.conflictsDropped > 0 ? "dropped" : "kept; --drop-conflicts drops them"
        return [
            "repeats    \(Counted(accounting.duplicates, "duplicate \(whose)row")), "
                + "\(Counted(accounting.conflicts, "\(whose)row")) whose text has contradicting labels"
                + (accounting.conflicts > 0 ? " (\(fate))" : "")
        ]
    }
}
