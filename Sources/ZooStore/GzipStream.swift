import CZlib
import ZooBase

/// Decompresses gzip (RFC 1952), one member or several, and holds each against its CRC-32 and length, which libarchive
/// passes over.
final class GzipStream: ArchiveStream {
    /// What such a file begins with.
    static let magic: [UInt8] = [0x1F, 0x8B]

    private let path: String
    private let file: ChunkReader
    private let stream: UnsafeMutablePointer<z_stream>
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
    private var input: [UInt8]
    private var place = 0
    private var isInMember = true

    /// Goes on with `file` at `path`, of which `start` was read.
    init(_ path: String, _ file: ChunkReader, start: [UInt8]) {
        self.path = path
        self.file = file
        input = start
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15: the largest window; 16: gzip and nothing else.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has no memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    func next() throws(StoreError) -> UnsafeRawBufferPointer? {
        while true {
            if place == input.count {
                guard let chunk = try file.next() else {
                    guard !isInMember else { throw .unreadableArchive(path: path, reason: "it ends early") }
                    return nil
                }
                (input, place) = (chunk, 0)
            }
            if !isInMember {
                // Tapes and block devices pad with zeros.
                while place < input.count, input[place] == 0 { place += 1 }
                if place == input.count { continue }
                inflateReset(stream)
                isInMember = true
            }
            let count = try inflateSome()
            if count > 0 { return UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: output[..<count])) }
        }
    }

    private func inflateSome() throws(StoreError) -> Int {
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = uInt(output.count)
        let status = input.withUnsafeMutableBufferPointer { bytes in
            stream.pointee.next_in = bytes.baseAddress! + place
            stream.pointee.avail_in = uInt(bytes.count - place)
            return inflate(stream, Z_NO_FLUSH)
        }
        place = input.count - Int(stream.pointee.avail_in)
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isInMember = false
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
            throw .unreadableArchive(path: path, reason: "damaged gzip data: \(reason)")
        }
        return output.count - Int(stream.pointee.avail_out)
    }
}
