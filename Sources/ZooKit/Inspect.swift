internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooText

extension Registry {
    /// What is in the checkpoint that `source` names, without reading a tensor unless duplicates or statistics are asked
    /// for; then every byte of a version is verified first.
    public func inspect(_ source: String, _ options: InspectOptions = InspectOptions()) throws -> InspectResult {
        let files = try ModelFiles(source, in: reading, verify: options.wantsStatistics || options.findsDuplicates)
        let checkpoint = try files.survey()
        let configuration = try? files.configuration()
        let names = checkpoint.tensors.map(\.info.name) + checkpoint.unreadable.map(\.name)
        let globs = options.globs.map { Glob($0) }
        for glob in globs where !names.contains(where: glob.matches) {
            throw KitError.noMatch(option: "--tensor", pattern: glob.description, source: files.source)
        }
        let inspection = try Inspection(
            checkpoint, selecting: globs.isEmpty ? [Glob("*")] : globs, findDuplicates: options.findsDuplicates,
            keyMaps: try? NameMaps.all(), sizes: NameMaps.sizes(configuration))
        var licences = files.manifest?.licences ?? []
        if licences.isEmpty, case .path(let path) = try Reference(source), FilePaths.isFolder(path) {
            licences = try Licence.find(inFolder: path)
        }
        var statements = licences.map(LicenceStatement.init)
        if statements.isEmpty, let text = checkpoint.metadata("general.license") ?? checkpoint.metadata("license") {
            statements.append(LicenceStatement(identifier: text, source: "metadata"))
        }
        let storedAs = checkpoint.tensors.compactMap { tensor in tensor.storedAs.map { (tensor.info.name, $0) } }
        var statistics: [(name: String, json: JSON)] = []
        if options.wantsStatistics {
            let wanted = Set(inspection.tensors.map { ExactString($0.name) })
            for tensor in checkpoint.tensors where wanted.contains(ExactString(tensor.info.name)) {
                let view = try tensor.view()
                statistics.append((tensor.info.name, TensorStatistics(view)?.json ?? .null))
                view.storage.relinquish(view.range)
            }
        }
        return InspectResult(
            source: files.source, format: inspection.format, producer: inspection.producer,
            metadata: inspection.metadata.map { ($0.name, $0.value) }, tensors: inspection.tensors,
            storedAs: Dictionary(storedAs) { first, _ in first }, optimizerState: inspection.optimizerState,
            unreadable: inspection.unreadable.map { ($0.name, $0.description, $0.reason) },
            duplicates: inspection.duplicates, tied: inspection.tied, statistics: statistics,
            tree: options.wantsTree ? inspection.tree.json : nil,
            architecture: configuration.flatMap(Self.architectureLine) ?? inspection.architecture.map(Self.line)
                ?? Self.architectureLine(checkpoint),
            tokenizer: files.tokenizerFiles.isEmpty
                ? try Self.tokenizerLine(files, checkpoint)
                : (try? files.tokenizer()).map { "\($0.vocabularySize) word pieces" },
            licences: statements)
    }

    /// What a GGUF file says of its tokenizer: `llama: 32000 tokens`.
    private static func tokenizerLine(_ files: ModelFiles, _ checkpoint: Checkpoint) throws -> String? {
        let name = FilePaths.name(of: checkpoint.files.first?.name ?? "")
        guard checkpoint.format == GGUFFormat.name,
            let file = files.files.first(where: { FilePaths.name(of: $0.name) == name })
        else { return nil }
        let tokens = try GGUFFormat.arrays(in: file.bytes, file: file.name).first { $0.name == "tokenizer.ggml.tokens" }
        return tokens.map { found in
            (checkpoint.metadata("tokenizer.ggml.model").map { "\($0): " } ?? "") + "\(found.array.count) tokens"
        }
    }

    /// What a GGUF file says of its architecture: `llama (zoo cannot run it): 32 layers, hidden 4096, 32 heads`.
    private static func architectureLine(_ checkpoint: Checkpoint) -> String? {
        guard checkpoint.format == GGUFFormat.name, let name = checkpoint.metadata("general.architecture") else {
            return nil
        }
        let parts = [
            ("block_count", "# layers"), ("embedding_length", "hidden #"), ("attention.head_count", "# heads"),
            ("context_length", "# positions"),
        ].compactMap { key, text in checkpoint.metadata("\(name).\(key)").map { text.replacing("#", with: $0) } }
        return "\(name) (zoo cannot run it)" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }

    /// As told by names and shapes: `BERT: layers 6, hidden 384, heads 12 (assumed)`.
    private static func line(_ architecture: RecognizedArchitecture) -> String {
        let sizes = architecture.sizes.map { "\($0.name) \($0.value)\($0.isAssumed ? " (assumed)" : "")" }
        return "\(architecture.title): \(sizes.joined(separator: ", ")), by names and shapes (\(architecture.dialect))"
    }

    /// `bert: 6 layers, hidden 384, 12 heads, vocabulary 30522`, as far as `config.json` says.
    private static func architectureLine(_ configuration: JSON) -> String? {
        guard let type = configuration["model_type"]?.string else { return nil }
        var parts: [String] = []
        for (key, text) in [
            ("num_hidden_layers", "# layers"), ("hidden_size", "hidden #"), ("num_attention_heads", "# heads"),
            ("vocab_size", "vocabulary #"), ("max_position_embeddings", "# positions"),
        ] {
            if let value = configuration[key]?.integer {
                parts.append(text.replacing("#", with: String(value)))
            }
        }
        let known = Architectures.all.contains { $0.modelTypes.contains(type) }
        return (known ? type : "\(type) (zoo cannot run it)")
            + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }
}
