internal import Synchronization
internal import ZooBase

/// Reads one HDF5 file through a process of its own: first the table, later the elements that do not lie packed in the
/// file.
final class HDF5Reader: Sendable {
    /// The longest table: names and attributes are in the file, most of them once.
    private let maximumTable: Int

    private let bytes: SegmentedBytes
    private let range: Range<Int>
    private let file: String
    private let process = Mutex<HDF5Process?>(nil)

    /// Prepares to read the HDF5 file that is `range` of `bytes`; errors call it `file`.
    init(_ bytes: SegmentedBytes, range: Range<Int>, file: String) {
        self.bytes = bytes
        self.range = range
        self.file = file
        maximumTable = (24 << 20) + 2 * min(range.count, 256 << 20)
    }

    /// What the file holds.
    ///
    /// The process waits to be asked for elements if there are some that only it can read.
    ///
    /// - Throws: `CheckpointError`.
    func table() throws(CheckpointError) -> HDF5Table {
        var started = try start()
        let table = try HDF5Table(
            started.receiveParts(limit: maximumTable), fileByteCount: range.count, file: file)
        if table.datasets.contains(where: { $0.offset == nil && $0.info.byteCount > 0 }) { keep(started) }
        return table
    }

    /// Writes the elements of dataset `number` of the table to `memory`, as long as they are.
    ///
    /// - Throws: `CheckpointError`; `name` is what the dataset is called in it.
    func read(_ number: Int, name: String, into memory: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        let process = take()
        // A process that the last dataset brought to its end says nothing of this one.
        var running: HDF5Process
        if let process {
            running = process
        } else {
            running = try start()
            _ = try running.receiveParts(limit: maximumTable)
        }
        try running.send((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
        var received = 0
        while received < memory.count {
            let count = Int(clamping: try running.receiveNumber(8))
            guard count > 0 else {
                let length = Int(try running.receiveNumber(4))
                guard length <= 1 << 16 else { throw .malformed(file: file, .hdf5Answer) }
                let reason = String(decoding: try running.receive(length), as: UTF8.self)
                keep(running)
                throw .malformed(file: file, .hdf5Elements(name, reason))
            }
            guard count <= memory.count - received else { throw .malformed(file: file, .hdf5Answer) }
            try unsafe running.receive(
                all: UnsafeMutableRawBufferPointer(rebasing: memory[received..<received + count]))
            received += count
        }
        keep(running)
    }

    private func take() -> HDF5Process? {
        process.withLock { process in process.take() }
    }

    private func keep(_ running: consuming HDF5Process) {
        var running: HDF5Process? = running
        process.withLock { process in process = running.take() }
    }

    private func start() throws(CheckpointError) -> HDF5Process {
        var windows: [String] = []
        var descriptors: [Descriptor] = []
        do {
            for (segment, start) in zip(bytes.segments, bytes.starts) {
                let part = range.clamped(to: start..<start + segment.byteCount)
                guard !part.isEmpty else { continue }
                windows.append("\(part.lowerBound - start):\(part.count)")
                if let number = segment.reopen() {
                    descriptors.append(Descriptor(number))
                } else {
                    descriptors.append(try Descriptor.memory(segment))
                }
            }
        } catch { throw .file(error) }
        return try HDF5Process(["read"] + windows, descriptors: descriptors, file: file)
    }
}
