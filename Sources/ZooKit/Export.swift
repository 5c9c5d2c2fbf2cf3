internal import ZooBase
internal import ZooCheckpoint
internal import ZooExport
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText
internal import ZooTrain

extension Registry {
    /// Writes a version for use elsewhere.
    ///
    /// A version that was only pulled is written as a hub folder byte for byte, unless another element type is asked
    /// for.
    public func export(_ reference: String, to format: String, folder: String, dtype: String?) throws -> ExportResult {
        let store = reading
        let version = try store.version(reference)
        let manifest = try store.manifest(of: version)
        guard let exporter = Exporters.find(format) else {
            throw KitError.unknownExporter(name: format, known: Exporters.all.map { $0.name })
        }
        let isOriginal = ["pull", "import"].contains(manifest.derivation.operation)
        if exporter == HubExporter.self, isOriginal, dtype == nil {
            return try exportOriginal(version, manifest, to: folder, from: store)
        }
        let files = try ModelFiles(version, in: store, verify: true)
        if !isOriginal { try files.checkFits() }
        let tensors = try files.weights().views()
        let own = Set(tensors.map(\.info.dtype).filter(\.isFloat))
        let asked = try Self.floatType(dtype)
        let written = asked ?? own.first { own.count == 1 && exporter.dtypes.contains($0) } ?? .f32
        let head =
            manifest.labels.isEmpty
            ? nil
            : ExportableModel.Head(
                labels: manifest.labels, problem: manifest.labels.count == 1 ? .regression : .singleLabel)
        let model = ExportableModel(
            configuration: try files.configuration(), tensors: tensors, head: head,
            tokenizerFiles: files.companions.map { file in
                .init(name: file.name, bytes: Self.limited(file.bytes, file.name, to: Self.maximumLength(manifest)))
            } + [.init(name: Self.cardFile, bytes: Array(try card(of: version.description).text.utf8))])
        let report = try exporter.write(
            model, to: folder,
            options: ExportOptions(dtype: written, producerVersion: ZooVersion.number))
        var checks: [String] = []
        if exporter == HubExporter.self {
            checks.append(try checkHub(files, folder: report.folder, labels: manifest.labels))
        } else {
            checks.append("the file was parsed again and the shape of every value inferred from its nodes")
        }
        var notes: [String] = []
        if asked == nil, own.contains(where: { $0 != written }) {
            let others = own.subtracting([written]).map(\.rawValue).sorted().joined(separator: " and ")
            let reason =
                exporter.dtypes.count == 1 ? "the only type of \(format)" : "one type for all (--dtype chooses)"
            notes.append("weights that are \(others) are written as \(written.rawValue), \(reason)")
        }
        if report.largestError > 0 { notes.append("largest rounding error of a weight \(report.largestError)") }
        if !report.droppedTensors.isEmpty {
            notes.append("left out, as the model does not use them: \(report.droppedTensors.joined(separator: ", "))")
        }
        return ExportResult(
            version: version.description, format: format, folder: report.folder,
            files: report.files.map { ($0.name, $0.byteCount) }, checks: checks, notes: notes)
    }

    private func exportOriginal(
        _ version: ModelVersion, _ manifest: Manifest, to folder: String, from store: Store
    ) throws -> ExportResult {
        let output = try AtomicFolder(at: folder)
        for file in manifest.files { try store.write(file, to: FilePaths.join(output.workPath, file.path)) }
        let path = output.path
        try output.commit()
        return ExportResult(
            version: version.description, format: HubExporter.name, folder: path,
            files: manifest.files.map { ($0.path, $0.size) },
            checks: ["every byte was hashed on the way: the files are those that were pulled"], notes: [])
    }

    /// Loads the folder again and compares what it says of some texts with what the version says.
    private func checkHub(_ original: ModelFiles, folder: String, labels: [String]) throws -> String {
        guard !labels.isEmpty else {
            _ = try Checkpoint.open(folder)
            return "the weights were opened again"
        }
        let written = try ModelFiles(path: folder)
        let tokenizer = try original.tokenizer()
        let engine = Engine(threads: Threads.available)
        func logits(_ files: ModelFiles) throws -> [[Float]] {
            let model = try SequenceClassifier.load(
                tensors: try files.weights().views(), configuration: try files.configuration(),
                head: HeadSpecification(labelCount: labels.count, source: .stored))
            let rows = tokenizer.encodeIDsBatch(Self.checkTexts, maximumLength: model.encoder.maximumLength)
            return try Evaluator(model, engine: engine).logits(
                rows.map { TokenizedRow(ids: $0.ids, typeIDs: $0.typeIDs) })
        }
        let (expected, found) = (try logits(original), try logits(written))
        let difference = zip(expected.joined(), found.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
        return "loaded again, its logits on \(Self.checkTexts.count) texts "
            + (difference == 0 ? "are the same, bit for bit" : "differ by at most \(difference)")
    }

    /// The number of tokens that the version was trained with, which its users must cut texts at too.
    private static func maximumLength(_ manifest: Manifest) -> Int? {
        manifest.derivation.parameters["recipe"]?["maxLength"]?.integer
    }

    /// A tokenizer's file that cuts texts after no more than `maximumLength` tokens.
    private static func limited(_ bytes: [UInt8], _ name: String, to maximumLength: Int?) -> [UInt8] {
        guard let maximumLength, let document = try? JSONParser.parse(bytes) else { return bytes }
        switch name {
        case "tokenizer_config.json":
            guard document["model_max_length"]?.number ?? .infinity > Double(maximumLength) else { return bytes }
            let limited = document.replacing([("model_max_length", .integer(maximumLength))])
            return Array((limited.text(.pretty) + "\n").utf8)
        case "tokenizer.json":
            guard let truncation = document["truncation"], let limit = truncation["max_length"]?.integer,
                limit > maximumLength
            else { return bytes }
            let limited = truncation.replacing([("max_length", .integer(maximumLength))])
            return Array(document.replacing([("truncation", limited)]).text(.compact).utf8)
        default: return bytes
        }
    }

    private static func floatType(_ name: String?) throws(KitError) -> DType? {
        guard let name else { return nil }
        guard let dtype = [DType.f32, .f16, .bf16].first(where: { $0.rawValue.lowercased() == name.lowercased() })
        else {
            throw .invalidOption(name: "--dtype", value: name, expected: "f32, f16 or bf16")
        }
        return dtype
    }

    /// What the hub shows of a folder: where it came from and under which licence.
    private static let cardFile = "README.md"
    /// Short and long, plain and odd.
    private static let checkTexts = [
        "Good.", "I would not buy this again.", "The soup was cold, but the waiter made up for it with a free dessert.",
        "", "Ärger mit der Lieferung 🙄", "not bad, not great, just there",
        "It broke after two days; they replaced it within a week, and the new one has worked ever since.",
        "Why does nobody mention the noise?",
    ]
}
