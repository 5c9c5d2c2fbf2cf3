internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooText

extension Registry {
    /// What is in the checkpoint that `source` names, without reading a tensor.
    public func inspect(_ source: String) throws -> InspectResult {
        let files = try ModelFiles(source, in: reading, verify: false)
        let checkpoint = try files.checkpoint()
        let configuration = try? files.configuration()
        var licence = files.manifest?.licences.first?.name
        if licence == nil, case .path(let path) = try Reference(source), FilePaths.isFolder(path) {
            licence = try Licence.find(inFolder: path).first?.name
        }
        return InspectResult(
            source: files.source, format: checkpoint.format,
            metadata: checkpoint.metadata.map { ($0.name, $0.value) }, tensors: checkpoint.tensors.map(\.info),
            architecture: configuration.flatMap(Self.architectureLine),
            tokenizer: files.tokenizerFiles.isEmpty
                ? nil : (try? files.tokenizer()).map { "\($0.vocabularySize) word pieces" },
            licence: licence)
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
