internal import ZooBase

extension NumPyArchiveFormat: WritableFormat {
    /// The file that holds `state` as one array a tensor, in the order given; `metadata` becomes the comment of the archive,
    /// a JSON object.
    ///
    /// - Throws: `CheckpointError` for a tensor of a dtype that NumPy does not have, and for a name that cannot be one of an
    ///   entry of a zip archive.
    public static func layout(
        _ state: StateDict, metadata: [MetadataEntry] = []
    ) throws(CheckpointError) -> any FileLayout {
        var sources: [ZipLayout.Source] = []
        for tensor in state.tensors {
            guard let head = NumPyArray.header(tensor.info) else {
                throw .malformed(file: name, .notHeld(tensor.info, by: "NumPy"))
            }
            sources.append(ZipLayout.Source(tensor.info.name + NumPyFormat.suffix, head: head, tensor: tensor))
        }
        let members = metadata.sorted { ExactString($0.name) < ExactString($1.name) }
            .map { JSONMember($0.name, .string($0.value)) }
        let comment = members.isEmpty ? [] : Array(JSON.object(members).text(.compact).utf8)
        return try ZipLayout(sources, comment: comment, format: name)
    }
}

extension NumPyArray {
    /// What stands before the packed elements of `info`, as NumPy writes it; nil when NumPy has no such element type.
    static func header(_ info: TensorInfo) -> [UInt8]? {
        let codes: [DType: String] = [
            .f64: "<f8", .f32: "<f4", .f16: "<f2", .i64: "<i8", .i32: "<i4", .i16: "<i2", .i8: "|i1", .u64: "<u8",
            .u32: "<u4", .u16: "<u2", .u8: "|u1", .bool: "|b1", .c64: "<c8",
        ]
        guard let code = codes[info.dtype], info.shape.rank <= 64 else { return nil }
        let sizes = info.shape.dimensions.map(String.init).joined(separator: ", ")
        let shape = info.shape.rank == 1 ? "(\(sizes),)" : "(\(sizes))"
        let text = "{'descr': '\(code)', 'fortran_order': False, 'shape': \(shape), }"
        // The elements begin at a multiple of 64 bytes.
        let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
        let length = text.utf8.count + padding + 1
        return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array(text.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    }
}
