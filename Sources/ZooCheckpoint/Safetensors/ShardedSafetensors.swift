internal import ZooBase

/// Safetensors files that together hold one checkpoint, and the index that says which holds what.
public struct ShardedSafetensors: Sendable {
    /// How large a shard may grow unless told otherwise: 5 GB, decimal, as transformers has it.
    public static let usualShardSize = 5_000_000_000

    /// The files, in order: `model.safetensors` alone, or `model-00001-of-0000N.safetensors` and so on.
    public let shards: [(name: String, layout: SafetensorsLayout)]
    /// The index, as it is written; nil when there is one file.
    public let index: [UInt8]?

    /// Fills shards in the order of `state`; a tensor larger than `shardSize` has one to itself.
    ///
    /// - Throws: `CheckpointError.reservedName`, `.headerTooLarge`.
    public init(
        _ state: StateDict, shardSize: Int = usualShardSize,
        metadata: [MetadataEntry] = SafetensorsLayout.usualMetadata
    ) throws(CheckpointError) {
        var groups: [[CheckpointTensor]] = [[]]
        var size = 0
        for tensor in state.tensors {
            if size + tensor.info.byteCount > shardSize, !groups[groups.count - 1].isEmpty {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(tensor)
            size += tensor.info.byteCount
        }
        var shards: [(name: String, layout: SafetensorsLayout)] = []
        var map: [JSONMember] = []
        for (number, group) in groups.enumerated() {
            let name = groups.count == 1 ? Checkpoint.singleFile : Self.name(number + 1, of: groups.count)
            shards.append((name, try SafetensorsLayout(StateDict(group), metadata: metadata)))
            map += group.map { JSONMember($0.info.name, .string(name)) }
        }
        self.shards = shards
        guard shards.count > 1 else {
            index = nil
            return
        }
        map.sort { ExactString($0.name) < ExactString($1.name) }
        let total = state.tensors.reduce(0) { $0 + $1.info.byteCount }
        let document: JSON = ["metadata": ["total_size": .integer(total)], "weight_map": .object(map)]
        index = Array((document.text(.pretty) + "\n").utf8)
    }

    /// Writes the files into `folder`, the index last: until it is there, nothing names the shards.
    ///
    /// - Throws: `CheckpointError`.
    public func write(to folder: String) throws(CheckpointError) {
        for shard in shards { try shard.layout.write(to: FilePaths.join(folder, shard.name)) }
        guard let index else { return }
        do { try AtomicFile.write(index, to: FilePaths.join(folder, Checkpoint.indexFile)) } catch {
            throw .file(error)
        }
    }

    private static func name(_ number: Int, of count: Int) -> String {
        func padded(_ value: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
        return "model-\(padded(number))-of-\(padded(count)).safetensors"
    }
}
