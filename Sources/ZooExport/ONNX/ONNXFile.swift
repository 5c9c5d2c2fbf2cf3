internal import SwiftProtobuf
internal import ZooBase

/// An ONNX file that is written piece by piece: protocol buffers are concatenations of fields, so the constants follow
/// the rest of the graph without the whole ever being in memory.
struct ONNXFile {
    /// No protocol buffer can be larger.
    static let limit = Int(Int32.max)

    let header: [UInt8]
    private let initializers: [(prefix: [UInt8], initializer: Initializer)]
    let byteCount: Int

    /// Lays out `model`, whose graph is `graph` with the constants `initializers`.
    init(
        _ model: Onnx_ModelProto, graph: Onnx_GraphProto, initializers: [Initializer]
    ) throws(ExportError) {
        let (modelBytes, graphBytes) = (Self.bytes(model), Self.bytes(graph))
        var graphCount = graphBytes.count
        self.initializers = initializers.map { initializer in
            var proto = Onnx_TensorProto()
            proto.dims = initializer.dimensions.map(Int64.init)
            proto.dataType = Int32(initializer.dataType.rawValue)
            proto.name = initializer.name
            let inner = Self.bytes(proto) + Self.field(9, byteCount: initializer.byteCount)
            let prefix = Self.field(5, byteCount: inner.count + initializer.byteCount) + inner
            graphCount += prefix.count + initializer.byteCount
            return (prefix, initializer)
        }
        header = modelBytes + Self.field(7, byteCount: graphCount) + graphBytes
        byteCount = header.count + graphCount - graphBytes.count
        guard byteCount <= Self.limit else { throw .tooLarge(format: "ONNX", limit: Self.limit, found: byteCount) }
    }

    /// Writes the file to `path`.
    func write(to path: String) throws(FileError) {
        var file = try AtomicFile(at: path)
        try file.write(header)
        for (prefix, initializer) in initializers {
            try file.write(prefix)
            try initializer.withBytes { bytes throws(FileError) in try file.write(bytes) }
        }
        try file.commit()
    }

    /// Reads a file back.
    static func read(_ path: String) throws(ExportError) -> Onnx_ModelProto {
        do { return try Onnx_ModelProto(serializedBytes: FilePaths.read(path, limit: limit)) } catch let error
            as FileError
        {
            throw .file(error)
        } catch {
            throw .inconsistent(file: path, node: "file", problem: "it cannot be read again: \(error)")
        }
    }

    /// The tag of a field of bytes and how many follow.
    private static func field(_ number: Int, byteCount: Int) -> [UInt8] { varint(number << 3 | 2) + varint(byteCount) }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func bytes(_ message: some SwiftProtobuf.Message) -> [UInt8] {
        guard let bytes: [UInt8] = try? message.serializedBytes() else {
            preconditionFailure("a message without required fields and extensions can always be written")
        }
        return bytes
    }
}
