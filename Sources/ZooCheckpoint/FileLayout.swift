internal import ZooBase

/// A file that is not written yet: its size is known, its bytes are made as they are asked for.
public protocol FileLayout: Sendable {
    /// Size of the file.
    var byteCount: Int { get }
    /// Where the store cuts the file, as `Segments.cuts` would say of it once written: ascending, without 0 and the end.
    var cuts: [Int] { get }
    /// Hands the bytes in `range` of the file to `sink` in order, in pieces that live only during the call; one tensor
    /// is in memory at a time. Traps when `range` leaves the file. Throws what `sink` throws, and `CheckpointError` when
    /// the bytes of a tensor cannot be made.
    func read(_ range: Range<Int>, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws
}

extension FileLayout {
    /// The segments that the cuts make, in order; they cover the file.
    public var segments: [Range<Int>] {
        guard byteCount > 0 else { return [] }
        return zip([0] + cuts, cuts + [byteCount]).map { $0..<$1 }
    }

    /// Writes the file to `path`, which appears whole or not at all.
    ///
    /// - Throws: `CheckpointError`: `.file`, or why the bytes of a tensor cannot be made.
    public func write(to path: String) throws(CheckpointError) {
        do {
            try write(to: path) { _ in }
        } catch let error as CheckpointError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch { preconditionFailure("nothing else is thrown here: \(error)") }
    }

    /// Writes the file to `path`, which appears once `check` has seen it under the name that it is given.
    ///
    /// - Throws: what `check` throws; `FileError`; `CheckpointError` when the bytes of a tensor cannot be made.
    public func write(to path: String, check: (_ workPath: String) throws -> Void) throws {
        var file = try AtomicFile(at: path)
        try unsafe read(0..<byteCount) { piece in try unsafe file.write(piece) }
        try check(file.workPath)
        try file.commit()
    }
}
