import ZooBase

/// Takes the bytes of a part as they come, over as many tries as it needs.
final class PartReceiver {
    private let downloads: Downloads
    private var part: Int
    private var filling: [UInt8] = []
    /// Offset in the file of the next byte that is wanted.
    private var position: Int
    /// Offset in the file of the next byte that comes.
    private var incoming = 0
    private var isWhole = false
    /// Bytes taken so far.
    private(set) var count = 0
    /// Whether every byte came.
    private(set) var isDone = false

    init(_ downloads: Downloads, part: Int) {
        self.downloads = downloads
        self.part = part
        position = downloads.parts[part].range.lowerBound
    }

    /// What is still missing of the part.
    var wanted: Range<Int> { position..<downloads.parts[part].range.upperBound }
    var isCancelled: Bool { downloads.isStopped }

    /// Learns that the bytes which follow begin at `offset`; `isWhole` when they go on to the end of the file.
    func begin(at offset: Int, isWhole: Bool) {
        self.isWhole = isWhole
        incoming = offset
        downloads.setMode(downloads.parts[part].file, isWhole: isWhole)
    }

    /// Takes bytes; false when no more are wanted.
    ///
    /// - Throws: `.final` of `excess` when more come than there can be.
    func receive(_ bytes: UnsafeRawBufferPointer, excess: () -> StoreError) throws(ExchangeFailure) -> Bool {
        var rest = bytes
        let end = isWhole ? downloads.files[downloads.parts[part].file].size : downloads.parts[part].range.upperBound
        guard incoming + bytes.count <= end else { throw .final(excess()) }
        while !rest.isEmpty, !isDone {
            if incoming < position {
                let skipped = min(rest.count, position - incoming)
                incoming += skipped
                rest = UnsafeRawBufferPointer(rebasing: rest[skipped...])
                continue
            }
            let range = downloads.parts[part].range
            let chunkEnd = min((position / PulledFile.chunkSize + 1) * PulledFile.chunkSize, range.upperBound)
            let taken = min(rest.count, chunkEnd - position)
            if filling.isEmpty { filling.reserveCapacity(chunkEnd - position) }
            filling += UnsafeRawBufferPointer(rebasing: rest[..<taken])
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            position += taken
            incoming += taken
            count += taken
            if position == chunkEnd {
                let chunk = Downloads.Chunk(bytes: filling, sum: ChunkSum.of(filling))
                filling = []
                downloads.push(chunk, part: part, isLast: position == range.upperBound)
            }
            if position == range.upperBound { advance() }
        }
        return !(isDone && isWhole && incoming < end)
    }

    private func advance() {
        if isWhole, let next = downloads.takeOver(after: part) {
            part = next
            position = downloads.parts[next].range.lowerBound
        } else {
            isDone = true
        }
    }
}
