internal import ZooBase

/// What the process that ran libhdf5 says a file holds.
///
/// The process read a hostile file, so what it says is checked like the file itself.
struct HDF5Table {
    /// The elements of one dataset.
    struct Dataset {
        /// Its path, without a slash before it, its dtype and shape.
        let info: TensorInfo
        /// Whether the type is two bytes without meaning, which is how Keras writes bfloat16.
        let isOpaque: Bool
        /// Bytes that the file stores of it.
        let storedByteCount: Int
        /// Where its elements lie packed, from the start of the HDF5 file; nil when only the library can read them.
        let offset: Int?
    }

    /// Values beside the tensors.
    struct Attribute {
        /// The group or dataset it belongs to; empty for the root.
        let path: String
        /// Its name; empty for a dataset of strings.
        let name: String
        /// Its value as text, or as JSON when it is a list or a number.
        let text: String
        /// The strings of a list; nil for everything else.
        let strings: [String]?
    }

    /// The datasets that can be tensors, by number.
    private(set) var datasets: [Dataset] = []
    /// The attributes, and the datasets of strings.
    private(set) var attributes: [Attribute] = []
    /// Everything that cannot be read.
    private(set) var unreadable: [Checkpoint.Unreadable] = []

    /// Understands the answer `bytes` about an HDF5 file of `fileByteCount` bytes.
    ///
    /// - Throws: `CheckpointError`.
    init(_ bytes: [UInt8], fileByteCount: Int, file: String) throws(CheckpointError) {
        var cursor = HDF5Cursor(bytes, file: file)
        while !cursor.isAtEnd {
            switch try cursor.byte() {
            case UInt8(ascii: "D"): datasets.append(try Self.dataset(&cursor, fileByteCount: fileByteCount, file: file))
            case UInt8(ascii: "A"): attributes.append(try Self.attribute(&cursor))
            case UInt8(ascii: "S"):
                let path = try cursor.text()
                attributes.append(
                    try Self.strings(&cursor, path: path, name: "", isSingle: cursor.byte() != 0))
            case UInt8(ascii: "U"):
                unreadable.append(
                    .init(name: try cursor.text(), description: try cursor.text(), reason: try cursor.text()))
            case UInt8(ascii: "X"):
                let (identifier, path, detail) = (try cursor.text(), try cursor.text(), try cursor.text())
                let fault = FormatFault.hdf5Refusal(identifier, path: path, detail: detail)
                throw .malformed(file: file, fault ?? .hdf5Answer)
            default: throw .malformed(file: file, .hdf5Answer)
            }
        }
    }

    private static func dataset(
        _ cursor: inout HDF5Cursor, fileByteCount: Int, file: String
    ) throws(CheckpointError) -> Dataset {
        let (path, type) = (try cursor.text(), try cursor.text())
        var sizes: [UInt64] = []
        for _ in 0..<(try cursor.byte()) { sizes.append(try cursor.number()) }
        let (stored, offset) = (try cursor.number(), try cursor.number())
        let isOpaque = type == "V2"
        guard let dtype = isOpaque ? .bf16 : DType(rawValue: type) else { throw .malformed(file: file, .hdf5Answer) }
        let dimensions = sizes.compactMap(Int.init(exactly:))
        guard dimensions.count == sizes.count, let shape = Shape(checking: dimensions),
            let info = TensorInfo(name: path, dtype: dtype, shape: shape)
        else { throw .shapeOverflow(file: file, tensor: path, shape: "\(sizes)") }
        var place: Int?
        if offset != .max && info.byteCount > 0 {
            let (end, overflow) = offset.addingReportingOverflow(UInt64(info.byteCount))
            guard !overflow, end <= UInt64(fileByteCount) else {
                throw .malformed(
                    file: file,
                    .hdf5BeyondFile(path, end: overflow ? "2^64 or more" : "\(end)", found: fileByteCount))
            }
            place = Int(offset)
        }
        return Dataset(info: info, isOpaque: isOpaque, storedByteCount: Int(clamping: stored), offset: place)
    }

    private static func attribute(_ cursor: inout HDF5Cursor) throws(CheckpointError) -> Attribute {
        let (path, name) = (try cursor.text(), try cursor.text())
        let (isSingle, kind) = (try cursor.byte() != 0, try cursor.byte())
        if kind == UInt8(ascii: "T") { return try strings(&cursor, path: path, name: name, isSingle: isSingle) }
        let count = try cursor.count(of: 8)
        var values: [JSON] = []
        for _ in 0..<count {
            let bits = try cursor.number()
            switch kind {
            case UInt8(ascii: "F"): values.append(number(Double(bitPattern: bits)))
            case UInt8(ascii: "B"): values.append(.bool(bits != 0))
            case UInt8(ascii: "U") where bits > UInt64(Int.max): values.append(.string("\(bits)"))
            default: values.append(.integer(Int(truncatingIfNeeded: bits)))
            }
        }
        let value = isSingle && values.count == 1 ? values[0] : .array(values)
        return Attribute(path: path, name: name, text: value.text(.compact), strings: values.isEmpty ? [] : nil)
    }

    /// JSON has no word for what is not finite.
    private static func number(_ value: Double) -> JSON { value.isFinite ? .number(value) : .string("\(value)") }

    private static func strings(
        _ cursor: inout HDF5Cursor, path: String, name: String, isSingle: Bool
    ) throws(CheckpointError) -> Attribute {
        let count = try cursor.count(of: 4)
        _ = try cursor.number(4)
        var strings: [String] = []
        for _ in 0..<count { strings.append(try cursor.text()) }
        if isSingle && strings.count == 1 { return Attribute(path: path, name: name, text: strings[0], strings: nil) }
        let text = JSON.array(strings.map(JSON.string)).text(.compact)
        return Attribute(path: path, name: name, text: text, strings: strings)
    }
}

/// Reads the table; never past its end.
struct HDF5Cursor {
    private let bytes: [UInt8]
    private let file: String
    private var place = 0

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// Whether all has been read.
    var isAtEnd: Bool { place == bytes.count }

    /// One byte.
    mutating func byte() throws(CheckpointError) -> UInt8 { UInt8(try number(1)) }

    /// A little-endian number of eight bytes, or of `count`.
    mutating func number(_ count: Int = 8) throws(CheckpointError) -> UInt64 {
        guard bytes.count - place >= count else { throw .malformed(file: file, .hdf5Answer) }
        defer { place += count }
        return bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The number of items that follow, each of at least `size` bytes.
    mutating func count(of size: Int) throws(CheckpointError) -> Int {
        let count = try number()
        guard count <= UInt64((bytes.count - place) / size) else { throw .malformed(file: file, .hdf5Answer) }
        return Int(count)
    }

    /// A text; bytes that are no UTF-8 are replaced.
    mutating func text() throws(CheckpointError) -> String {
        let count = Int(try number(4))
        guard bytes.count - place >= count else { throw .malformed(file: file, .hdf5Answer) }
        defer { place += count }
        return String(decoding: bytes[place..<place + count], as: UTF8.self)
    }
}
