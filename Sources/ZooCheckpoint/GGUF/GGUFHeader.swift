internal import ZooBase

/// The checked header of a GGUF file (ggml, docs/gguf.md).
///
/// The order of the checks: magic and version; counts against limits and against the bytes that are left; each entry of
/// the metadata; each entry of the table of tensors; then, with the alignment known, where the tensors lie.
struct GGUFHeader {
    /// Most metadata entries.
    static let maximumEntries = 1 << 16
    /// Most tensors.
    static let maximumTensors = 1 << 17
    /// Most bytes of a name.
    static let maximumName = (1 << 16) - 1
    /// Most bytes of a string in the metadata.
    static let maximumString = 1 << 24
    /// Most dimensions of a tensor.
    static let maximumDimensions = 4
    /// Where tensors begin when the file does not say otherwise: at multiples of this.
    static let usualAlignment = 32

    /// An entry of the table of tensors.
    struct Tensor {
        let name: String
        /// Outermost first.
        let shape: Shape
        /// The number of the type.
        let type: UInt32
        /// Where it begins, from the start of the data.
        let offset: Int
        /// Its bytes; nil when the type is unknown.
        let byteCount: Int?

        /// The type, if it is a known one.
        var encoding: GGMLType? { GGMLType.numbered(type) }
    }

    let metadata: [MetadataEntry]
    /// The arrays among the metadata, in the order of the file.
    let arrays: [(name: String, array: GGUFArray)]
    /// In the order of the data.
    let tensors: [Tensor]
    let dataStart: Int

    /// Reads and checks the header in `bytes`, the beginning of a file of `byteCount` bytes.
    init(_ bytes: SegmentedBytes, byteCount: Int, file: String) throws(CheckpointError) {
        var cursor = GGUFCursor(bytes, file: file)
        guard try cursor.integer(UInt32.self) == GGUFFormat.magic else { throw .unknownFormat(file: file) }
        let version = try cursor.integer(UInt32.self)
        guard version & 0xFFFF != 0 else { throw cursor.error(.ggufBigEndian) }
        guard version == 2 || version == 3 else { throw cursor.error(.ggufVersion(version)) }
        // At least a name's length, the number of dimensions, a type, an offset; and a name's length, a type, a byte.
        let tensorCount = try cursor.count("tensors", limit: Self.maximumTensors, each: 24)
        let entryCount = try cursor.count("metadata entries", limit: Self.maximumEntries, each: 13)

        var metadata: [MetadataEntry] = []
        var arrays: [(name: String, array: GGUFArray)] = []
        var alignment = Self.usualAlignment
        var names = Set<ExactString>()
        for _ in 0..<entryCount {
            let name = try cursor.string("a metadata name", atMost: Self.maximumName)
            guard names.insert(ExactString(name)).inserted else { throw cursor.error(.ggufDuplicateKey(name)) }
            let type = try cursor.valueType()
            if type == .array {
                let array = try GGUFArray(skipping: &cursor, in: bytes, file: file)
                arrays.append((name, array))
                metadata.append(MetadataEntry(name, try array.summary()))
            } else {
                let value = try cursor.value(of: type, in: bytes, file: file)
                metadata.append(MetadataEntry(name, value.description))
                if name == "general.alignment" { alignment = try Self.alignment(value, type, cursor) }
            }
        }
        var tensors: [Tensor] = []
        names = []
        for _ in 0..<tensorCount {
            let tensor = try Self.tensor(&cursor, alignment: alignment, file: file)
            guard names.insert(ExactString(tensor.name)).inserted else {
                throw .duplicateName(file: file, name: tensor.name)
            }
            tensors.append(tensor)
        }
        tensors.sort {
            ($0.offset, $0.byteCount ?? 0, ExactString($0.name)) < ($1.offset, $1.byteCount ?? 0, ExactString($1.name))
        }
        dataStart = (cursor.offset + alignment - 1) / alignment * alignment
        try Self.checkPlaces(of: tensors, in: byteCount - dataStart, file: file)
        self.metadata = metadata
        self.arrays = arrays
        self.tensors = tensors
    }

    private static func alignment(
        _ value: GGUFValue, _ type: GGUFValueType, _ cursor: GGUFCursor
    ) throws(CheckpointError) -> Int {
        guard type == .u32, case .unsigned(let alignment) = value, alignment.nonzeroBitCount == 1 else {
            throw cursor.error(.ggufAlignment("\(type) \(CheckpointError.quoted(value.description))"))
        }
        return Int(alignment)
    }

    private static func tensor(
        _ cursor: inout GGUFCursor, alignment: Int, file: String
    ) throws(CheckpointError) -> Tensor {
        let name = try cursor.string("a tensor's name", atMost: maximumName)
        let rank = try cursor.integer(UInt32.self)
        guard rank <= maximumDimensions else {
            throw cursor.error(.ggufTooManyDimensions(name, limit: maximumDimensions, found: rank))
        }
        var sizes: [UInt64] = []
        for _ in 0..<rank { sizes.append(try cursor.integer()) }
        let type = try cursor.integer(UInt32.self)
        let place = try cursor.integer(UInt64.self)
        // The file has the innermost dimension first.
        let dimensions = sizes.reversed().compactMap(Int.init(exactly:))
        guard dimensions.count == sizes.count, let shape = Shape(checking: dimensions) else {
            throw .shapeOverflow(file: file, tensor: name, shape: "\(Array(sizes.reversed()))")
        }
        guard place % UInt64(alignment) == 0 else {
            throw cursor.error(.ggufMisaligned(name, alignment: alignment, found: place))
        }
        guard let offset = Int(exactly: place) else {
            throw .tensorBeyondFile(file: file, tensor: name, expected: .max, found: cursor.offset + cursor.remaining)
        }
        let byteCount = try GGMLType.numbered(type).map { encoding throws(CheckpointError) in
            try self.byteCount(of: name, shape, encoding, cursor, file: file)
        }
        return Tensor(name: name, shape: shape, type: type, offset: offset, byteCount: byteCount)
    }

    /// The bytes that a tensor of `shape` takes; rows are whole blocks.
    private static func byteCount(
        of name: String, _ shape: Shape, _ encoding: GGMLType, _ cursor: GGUFCursor, file: String
    ) throws(CheckpointError) -> Int {
        let rowLength = shape.dimensions.last ?? 1
        guard rowLength % encoding.blockLength == 0 else {
            throw cursor.error(.ggufNotWholeBlocks(name, type: encoding, rowLength: rowLength))
        }
        let blocks = shape.elementCount / encoding.blockLength
        let (byteCount, overflow) = blocks.multipliedReportingOverflow(by: encoding.blockByteCount)
        // What is decoded has at most eight bytes an element, and its size in bits has to fit too.
        guard !overflow, shape.elementCount <= Int.max / 64 else {
            throw .shapeOverflow(file: file, tensor: name, shape: shape.description)
        }
        return byteCount
    }

    private static func checkPlaces(
        of tensors: [Tensor], in byteCount: Int, file: String
    ) throws(CheckpointError) {
        var end = 0
        for tensor in tensors {
            let (last, overflow) = tensor.offset.addingReportingOverflow(tensor.byteCount ?? 0)
            guard !overflow, last <= byteCount else {
                throw .tensorBeyondFile(
                    file: file, tensor: tensor.name, expected: overflow ? .max : last, found: max(0, byteCount))
            }
            guard last > tensor.offset else { continue }
            guard tensor.offset >= end else {
                throw .overlap(file: file, tensor: tensor.name, expected: end, found: tensor.offset)
            }
            end = last
        }
    }
}
