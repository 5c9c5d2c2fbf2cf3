internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

extension StoreWriter {
    /// Adds a safetensors file that is laid out but not written.
    ///
    /// A segment that is one tensor whose digest is known and whose blob is in the store is not written again.
    func add(
        _ path: String, layout: SafetensorsLayout, known: (TensorView) -> ContentDigest?
    ) throws -> StoredFile {
        let tensors = Dictionary(
            layout.entries.filter { $0.tensor.info.byteCount > 0 }.map { ($0.offset, $0.tensor) }
        ) { first, _ in first }
        let parts = try layout.segments.map { range -> Part in
            if let tensor = tensors[range.lowerBound], tensor.info.byteCount == range.count {
                let view = try tensor.view()
                return Part(view.storage, view.range, digest: known(view))
            }
            return try Self.part(layout, range)
        }
        return try add(path, parts: parts)
    }

    /// Adds a file that is laid out but not written, one segment in memory at a time.
    func add(_ path: String, layout: any FileLayout) throws -> StoredFile {
        try add(path, layout.segments.count) { try Self.part(layout, layout.segments[$0]) }
    }

    private static func part(_ layout: any FileLayout, _ range: Range<Int>) throws -> Part {
        let storage = try ByteStorage(byteCount: range.count) { memory in
            var offset = 0
            try layout.read(range) { piece in
                memory[offset...].copyBytes(from: piece)
                offset += piece.count
            }
        }
        return Part(storage, 0..<range.count)
    }
}
