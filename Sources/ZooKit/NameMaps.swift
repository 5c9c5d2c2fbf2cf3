internal import Catalogue
internal import ZooBase
internal import ZooCheckpoint

/// The catalogue's name maps, and what a model's tensors are called in the program's own dialect.
enum NameMaps {
    /// The dialect that architectures are loaded in.
    static let own = "transformers"
    /// Dialects that architectures load as they are.
    private static let loadable = [own, "transformers-legacy"]

    /// Every map.
    ///
    /// - Throws: `CatalogueError`, `KeyMapError` when one is not as it should be.
    static func all() throws -> KeyMaps {
        KeyMaps(try Catalogue.keyMaps.map { try KeyMap($0.bytes, file: $0.file) })
    }

    /// The checkpoint with the names and layouts of the program's own dialect, when it is a model that a map knows in
    /// another, whose name comes along; else as it is.
    static func canonical(
        _ checkpoint: Checkpoint, configuration: JSON?
    ) throws -> (checkpoint: Checkpoint, foreignDialect: String?) {
        guard let found = try all().recognized(checkpoint.tensors.map(\.info)),
            found.map.dialects.contains(where: { $0.name == own }),
            !loadable.contains(found.recognition.dialect) || !found.recognition.prefix.isEmpty,
            found.recognition.uncovered.isEmpty
        else { return (checkpoint, nil) }
        let result = try found.map.applied(
            to: StateDict(checkpoint), to: own, sizes: sizes(configuration), style: KeyMap.Style(prefix: "", suffix: "")
        )
        let renamed = Checkpoint(
            format: checkpoint.format, producer: checkpoint.producer,
            metadata: checkpoint.metadata.filter { !$0.isNameList },
            tensors: result.state.tensors, optimizerState: checkpoint.optimizerState,
            unreadable: checkpoint.unreadable, files: checkpoint.files)
        return (renamed, loadable.contains(found.recognition.dialect) ? nil : found.recognition.dialect)
    }

    /// What is said of a result whose tensors were named by another program.
    static func renamed(from dialect: String) -> String {
        "the tensors get the names and layouts of \(own), not those of \(dialect) that the source has; "
            + "zoo convert --keys \(dialect) gives these back"
    }

    /// Each tensor under the name and in the layout that it has in the program's own dialect, without what stands before
    /// the body of a model that has a head, so that a base and what was made of it share them; nil for those that no map
    /// knows.
    static func aligned(_ checkpoint: Checkpoint, configuration: JSON?) throws -> [CheckpointTensor?] {
        let unknown = [CheckpointTensor?](repeating: nil, count: checkpoint.tensors.count)
        guard let found = try all().recognized(checkpoint.tensors.map(\.info)), found.recognition.uncovered.isEmpty,
            found.map.dialects.contains(where: { $0.name == own }),
            let result = try? found.map.applied(
                to: StateDict(checkpoint), to: own, sizes: sizes(configuration),
                style: KeyMap.Style(prefix: "", suffix: "", base: ""))
        else { return unknown }
        let dropped = Set(result.dropped.map { ExactString($0.name) })
        var rest = result.state.tensors[...]
        return checkpoint.tensors.map { dropped.contains(ExactString($0.info.name)) ? nil : rest.popFirst() }
    }

    /// The tensors in the dialect called `dialect`, and what it took.
    ///
    /// - Throws: `KitError.invalidOption` for a dialect that no map has; `KeyMapError`.
    static func applied(to checkpoint: Checkpoint, dialect: String, configuration: JSON?) throws -> KeyMapResult {
        let maps = try all()
        let known = Set(maps.maps.flatMap { $0.dialects.map(\.name) }).sorted()
        guard known.contains(dialect) else {
            throw KitError.invalidOption(
                name: "--keys", value: dialect, expected: "one of " + known.joined(separator: ", "))
        }
        guard let found = try maps.recognized(checkpoint.tensors.map(\.info)) else {
            throw KitError.unknownNames(known: maps.maps.map(\.name))
        }
        return try found.map.applied(to: StateDict(checkpoint), to: dialect, sizes: sizes(configuration))
    }

    /// Sizes of axes that shapes alone do not tell.
    static func sizes(_ configuration: JSON?) -> [String: Int] {
        guard let heads = configuration?["num_attention_heads"]?.integer else { return [:] }
        return ["heads": heads]
    }
}
