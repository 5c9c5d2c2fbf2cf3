internal import ZooBase

/// A checked `*.index.json`: which shard holds which tensor.
struct ShardIndex {
    private let file: String
    /// Tensor to shard, in the index's order.
    private let entries: [(tensor: String, shard: String)]
    private let metadata: [MetadataEntry]

    init(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) {
        self.file = file
        let document: JSON
        do { document = try JSONParser.parse(bytes.array(0..<bytes.byteCount)) } catch {
            if error.reason == .duplicateName { throw .duplicateName(file: file, name: error.name ?? "") }
            throw .invalidJSON(file: file, error)
        }
        guard let map = document["weight_map"]?.members else { throw .invalidIndex(file: file, detail: .noWeightMap) }
        guard !map.isEmpty else { throw .invalidIndex(file: file, detail: .empty) }
        var entries: [(tensor: String, shard: String)] = []
        for member in map {
            guard let shard = member.value.string else {
                throw .invalidIndex(file: file, detail: .notAFileName(tensor: member.name))
            }
            guard !shard.isEmpty, !shard.utf8.contains(UInt8(ascii: "/")), shard != ".", shard != "..",
                !shard.utf8.contains(0)
            else { throw .shardOutsideFolder(index: file, shard: shard, tensor: member.name) }
            entries.append((member.name, shard))
        }
        self.entries = entries
        metadata = (document["metadata"]?.members ?? []).compactMap { member in
            member.value.string.map { MetadataEntry(member.name, $0) }
        }
    }

    /// Opens every shard and checks that index and shards agree about every tensor.
    func open(
        formats: [any CheckpointFormat.Type],
        shard read: (String) throws(CheckpointError) -> SegmentedBytes?
    ) throws(CheckpointError) -> Checkpoint {
        var home: [ExactString: String] = [:]
        var firstTensor: [ExactString: String] = [:]
        for (tensor, shard) in entries {
            home[ExactString(tensor)] = shard
            if firstTensor[ExactString(shard)] == nil { firstTensor[ExactString(shard)] = tensor }
        }
        var parts: [Checkpoint] = []
        var found: [ExactString: String] = [:]
        for shard in firstTensor.keys.sorted() {
            guard let bytes = try read(shard.text) else {
                throw .missingShard(index: file, shard: shard.text, tensor: firstTensor[shard] ?? "")
            }
            let part = try Checkpoint.open(bytes, file: shard.text, formats: formats)
            for tensor in part.tensors {
                let name = ExactString(tensor.info.name)
                if let first = found.updateValue(shard.text, forKey: name) {
                    throw .tensorInTwoShards(index: file, tensor: name.text, first: first, second: shard.text)
                }
                guard home[name] != nil else {
                    throw .unindexedTensor(index: file, shard: shard.text, tensor: name.text)
                }
            }
            parts.append(part)
        }
        for (tensor, shard) in entries where found[ExactString(tensor)].map(ExactString.init) != ExactString(shard) {
            throw .missingTensor(index: file, shard: shard, tensor: tensor)
        }
        return Checkpoint(
            format: parts[0].format, producer: parts[0].producer, metadata: merged(parts),
            tensors: parts.flatMap(\.tensors), optimizerState: parts.flatMap(\.optimizerState),
            unreadable: parts.flatMap(\.unreadable), files: parts.flatMap(\.files))
    }

    /// The shards' metadata, the first shard's word counting where two differ, then the index's own.
    private func merged(_ parts: [Checkpoint]) -> [MetadataEntry] {
        var seen = Set<ExactString>()
        return (parts.flatMap(\.metadata) + metadata).filter { seen.insert(ExactString($0.name)).inserted }
    }
}
