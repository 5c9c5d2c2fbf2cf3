public import ZooBase

extension Checkpoint {
    /// The file a folder of weights has when it has one.
    public static let singleFile = "model.safetensors"
    /// The file that says which shard holds which tensor when it has several.
    public static let indexFile = "model.safetensors.index.json"

    /// Opens the file at `path`, or the weights of the folder there, as `WeightFiles` chooses them.
    ///
    /// A path that ends in `.index.json` is an index. Formats are recognized by content.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(
        _ path: String, formats: [any CheckpointFormat.Type] = Formats.all
    ) throws(CheckpointError) -> Checkpoint {
        if FilePaths.isFolder(path) {
            let names: [String]
            do { names = try FilePaths.list(path) } catch { throw .file(error) }
            guard let chosen = WeightFiles.choose(among: names) else { throw .noWeights(folder: path) }
            return try open(FilePaths.join(path, chosen), formats: formats)
        }
        let bytes = try map(path)
        guard path.hasSuffix(".index.json") else { return try open(bytes, file: path, formats: formats) }
        let folder = FilePaths.parent(of: path)
        return try ShardIndex(bytes, file: path).open(formats: formats) { name throws(CheckpointError) in
            let shard = FilePaths.join(folder, name)
            return FilePaths.exists(shard) ? try map(shard) : nil
        }
    }

    /// Opens a checkpoint kept elsewhere than in a folder: one file, or an index (a name ending in `.index.json`) and
    /// its shards.
    ///
    /// Files that are neither are not looked at when there is an index.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(
        files: [(name: String, bytes: SegmentedBytes)], formats: [any CheckpointFormat.Type] = Formats.all
    ) throws(CheckpointError) -> Checkpoint {
        if let index = files.first(where: { $0.name.hasSuffix(".index.json") }) {
            return try ShardIndex(index.bytes, file: index.name).open(formats: formats) { name in
                files.first { ExactString(FilePaths.name(of: $0.name)) == ExactString(name) }?.bytes
            }
        }
        let chosen = WeightFiles.choose(among: files.map { FilePaths.name(of: $0.name) })
        let single = files.count == 1 ? files.first : files.first { FilePaths.name(of: $0.name) == chosen }
        guard let single else { throw .noWeights(folder: files.map(\.name).sorted().joined(separator: ", ")) }
        return try open(single.bytes, file: single.name, formats: formats)
    }

    /// Opens one file, recognized by its content; `file` is what errors call it.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(
        _ bytes: SegmentedBytes, file: String, formats: [any CheckpointFormat.Type] = Formats.all
    ) throws(CheckpointError) -> Checkpoint {
        // The suffix only chooses who explains what is wrong.
        let format = Formats.recognizing(bytes, among: formats) ?? formats.first { file.hasSuffix($0.suffix) }
        guard let format else { throw .unknownFormat(file: file) }
        return try format.open(bytes, file: file)
    }

    private static func map(_ path: String) throws(CheckpointError) -> SegmentedBytes {
        do { return try SegmentedBytes(mapping: path) } catch { throw .file(error) }
    }
}
