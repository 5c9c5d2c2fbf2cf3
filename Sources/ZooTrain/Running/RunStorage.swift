public import ZooBase

/// Where the state of a run is kept, so that it can go on after a stop or a kill.
public protocol RunStorage: AnyObject {
    /// Replaces the saved state, atomically: a reader finds the old one or the new one. `body` is called once and hands
    /// over the bytes in pieces.
    ///
    /// - Throws: `FileError`.
    func save(_ body: ((UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void) throws(FileError)

    /// The saved state; nil when nothing was saved.
    ///
    /// - Throws: `FileError`.
    func load() throws(FileError) -> ByteStorage?
}

/// Keeps the state of a run in one file.
public final class RunFile: RunStorage {
    private let path: String

    /// Uses the file at `path`, whose folder exists.
    public init(_ path: String) { self.path = path }

    /// Writes beside the file, then takes its name.
    public func save(
        _ body: ((UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        var file = try AtomicFile(at: path)
        try body { bytes throws(FileError) in try file.write(bytes) }
        try file.commit()
    }

    /// Maps the file; nil when there is none.
    public func load() throws(FileError) -> ByteStorage? {
        FilePaths.exists(path) ? try ByteStorage(mapping: path) : nil
    }

    /// What is wrong with the saved state, found as it is found when a run goes on; nil for nothing, or when there is no
    /// state.
    ///
    /// - Throws: `FileError` when it cannot be read.
    public func damage() throws(FileError) -> String? { try load().flatMap { TrainingState.damage(of: $0) } }
}
