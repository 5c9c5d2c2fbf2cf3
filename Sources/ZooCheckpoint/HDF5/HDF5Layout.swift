internal import ZooBase

/// An HDF5 file that is not written yet.
///
/// libhdf5 has made all of it but the elements, in a file in memory that is mostly holes; the elements come from their
/// tensors. Deterministic: nothing in it but the tensors, the metadata and the library's version.
struct HDF5Layout: FileLayout {
    private struct Entry: Sendable {
        let tensor: CheckpointTensor
        let range: Range<Int>
    }

    let byteCount: Int
    private let skeleton: ByteStorage
    /// The tensors, in the order of the file.
    private let entries: [Entry]

    /// Lays out `state`.
    ///
    /// - Throws: `CheckpointError`.
    init(_ state: StateDict, metadata: [MetadataEntry]) throws(CheckpointError) {
        let plan = try HDF5Plan(state, metadata: metadata)
        let descriptor: Descriptor
        do { descriptor = try Descriptor.memory(nil) } catch { throw .file(error) }
        var process = try HDF5Process(["write"], descriptors: [descriptor], file: HDF5Format.name)
        try process.send(plan.request)
        let answer = try process.receiveParts(limit: 8 * state.tensors.count + (1 << 20))
        var cursor = HDF5Cursor(answer, file: HDF5Format.name)
        if answer.count != 8 * state.tensors.count { throw try Self.refusal(&cursor) }
        do { skeleton = try ByteStorage(mapping: descriptor.number, path: "a file in memory") } catch {
            throw .file(error)
        }
        byteCount = skeleton.byteCount
        var entries: [Entry] = []
        for tensor in plan.tensors {
            let offset = try cursor.number()
            guard tensor.info.byteCount > 0 else { continue }
            guard let start = Int(exactly: offset), start <= byteCount - tensor.info.byteCount else {
                throw .malformed(file: HDF5Format.name, .hdf5Answer)
            }
            entries.append(Entry(tensor: tensor, range: start..<start + tensor.info.byteCount))
        }
        entries.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (entry, next) in zip(entries, entries.dropFirst()) where entry.range.upperBound > next.range.lowerBound {
            throw .malformed(file: HDF5Format.name, .hdf5Answer)
        }
        self.entries = entries
    }

    private static func refusal(_ cursor: inout HDF5Cursor) throws(CheckpointError) -> CheckpointError {
        guard try cursor.byte() == UInt8(ascii: "X") else { return .malformed(file: HDF5Format.name, .hdf5Answer) }
        let (identifier, path, detail) = (try cursor.text(), try cursor.text(), try cursor.text())
        let fault = FormatFault.hdf5Refusal(identifier, path: path, detail: detail)
        return .malformed(file: HDF5Format.name, fault ?? .hdf5Answer)
    }

    /// Pieces of one size: what describes the tensors lies between them, so the start of a file does not tell.
    var cuts: [Int] { Array(stride(from: Segments.pieceSize, to: byteCount, by: Segments.pieceSize)) }

    /// Hands out the bytes in `range` of the file; see `FileLayout`.
    func read(_ range: Range<Int>, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the file")
        var place = range.lowerBound
        for entry in entries {
            let part = entry.range.clamped(to: place..<range.upperBound)
            guard !part.isEmpty else { continue }
            try unsafe read(skeleton: place..<part.lowerBound, sink)
            let view = try entry.tensor.view()
            try unsafe view.withUnsafeBytes { bytes in
                let first = part.lowerBound - entry.range.lowerBound
                try unsafe sink(UnsafeRawBufferPointer(rebasing: bytes[first..<first + part.count]))
            }
            // A mapped source would otherwise stay in memory until the last tensor is written.
            if part.upperBound == entry.range.upperBound { view.storage.relinquish(view.range) }
            place = part.upperBound
        }
        try unsafe read(skeleton: place..<range.upperBound, sink)
    }

    private func read(skeleton range: Range<Int>, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard !range.isEmpty else { return }
        try unsafe skeleton.withUnsafeBytes { bytes in
            try unsafe sink(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }
}
