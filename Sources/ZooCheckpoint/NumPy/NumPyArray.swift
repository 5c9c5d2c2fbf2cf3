internal import ZooBase

/// The checked header of an array (NEP 1, numpy/lib/format.py): what it holds, and where its elements begin.
struct NumPyArray {
    /// Where the elements begin, from the first byte of the array.
    let dataStart: Int
    let type: ElementType
    let shape: Shape
    let isFortran: Bool

    /// What the elements are.
    enum ElementType {
        case known(DType, isBigEndian: Bool)
        /// Texts of so many bytes each; in UTF-32 when it is `U`.
        case text(byteWidth: Int, isUnicode: Bool, isBigEndian: Bool)
        case other(String)
    }

    /// The longest header that is read, as NumPy itself sets it.
    static let maximumHeader = 65_535
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// Whether `prefix` begins an array.
    static func recognizes(_ prefix: [UInt8]) -> Bool { prefix.starts(with: magic) }

    /// Bytes of `name` that have to be at hand to tell where the elements begin: at most so many.
    static let longestPrefix = 12 + maximumHeader

    /// Reads the header that `head`, the beginning of an array of `byteCount` bytes, begins with.
    init(_ head: [UInt8], byteCount: Int, name: String, file: String) throws(CheckpointError) {
        guard Self.recognizes(head), head.count >= 10 else { throw .malformed(file: file, .numpyMagic(name)) }
        let fields = ZipFields(head)
        guard (1...3).contains(head[6]), head[7] == 0 else {
            throw .malformed(file: file, .numpyVersion(name, Int(head[6])))
        }
        let start = head[6] == 1 ? 10 : 12
        guard let length = head[6] == 1 ? fields.u16(8) : fields.u32(8) else {
            throw .malformed(file: file, .numpyHeader(name, "is cut off"))
        }
        guard length <= Self.maximumHeader else {
            throw .malformed(
                file: file, .numpyHeader(name, "has \(length) bytes, more than the \(Self.maximumHeader) allowed"))
        }
        guard let text = fields.slice(start..<start + length) else {
            throw .malformed(file: file, .numpyHeader(name, "is cut off"))
        }
        guard let literal = NumPyLiteral(Array(text)), let type = literal.type, let sizes = literal.shape,
            let isFortran = literal.isFortran
        else { throw .malformed(file: file, .numpyHeader(name, "is not the dictionary it should be")) }
        guard let shape = Shape(checking: sizes) else { throw .malformed(file: file, .numpyShape(name, sizes)) }
        dataStart = start + length
        self.shape = shape
        self.isFortran = isFortran
        guard let element = Self.elementType(type) else {
            throw .malformed(file: file, .numpyHeader(name, "names a type that is none"))
        }
        if case .other("O") = element { throw .malformed(file: file, .numpyObject(name)) }
        self.type = element
        guard let width = byteWidth else { return }
        let (size, overflow) = shape.elementCount.multipliedReportingOverflow(by: width)
        guard !overflow else { throw .malformed(file: file, .numpyShape(name, sizes)) }
        guard size == byteCount - dataStart else {
            throw .malformed(file: file, .numpySize(name, expected: size, found: byteCount - dataStart))
        }
    }

    /// Bytes an element takes; nil when it is of a type that is not read.
    private var byteWidth: Int? {
        switch type {
        case .known(let dtype, _): dtype.bitWidth / 8
        case .text(let width, _, _): width
        case .other: nil
        }
    }

    /// What `descr` says (numpy.lib.format.dtype_to_descr); nil when it says nothing NumPy would.
    private static func elementType(_ text: String) -> ElementType? {
        if text == "records" { return .other(text) }
        guard let order = text.first, "<>|=".contains(order) else { return nil }
        let code = String(text.dropFirst())
        let isBigEndian = order == ">"
        let dtypes: [String: DType] = [
            "f8": .f64, "f4": .f32, "f2": .f16, "i8": .i64, "i4": .i32, "i2": .i16, "i1": .i8, "u8": .u64, "u4": .u32,
            "u2": .u16, "u1": .u8, "b1": .bool, "c8": .c64,
        ]
        if let dtype = dtypes[code] { return .known(dtype, isBigEndian: isBigEndian) }
        if code == "O" || code == "O8" { return .other("O") }
        if let kind = code.first, kind == "U" || kind == "S", let count = Int(code.dropFirst()),
            (0..<1 << 24).contains(count)
        {
            return .text(byteWidth: kind == "U" ? 4 * count : count, isUnicode: kind == "U", isBigEndian: isBigEndian)
        }
        return .other(text)
    }

    /// How the elements lie; nil when they are packed as we lend them.
    func strided(_ dtype: DType, isBigEndian: Bool) -> StridedElements? {
        guard shape.elementCount > 0 else { return nil }
        let element = TorchElement.known(dtype)
        let strides = StridedElements.packed(shape.dimensions, isFortran: isFortran)
        let swappedWidth = isBigEndian ? element.swappedWidth : 1
        if swappedWidth == 1, StridedElements.isPacked(shape.dimensions, strides) { return nil }
        return StridedElements(
            sizes: shape.dimensions, strides: zip(shape.dimensions, strides).map { $0 == 1 ? 0 : $1 },
            width: element.byteWidth, swappedWidth: swappedWidth)
    }

    /// The text of an array of one.
    static func text(_ bytes: [UInt8], isUnicode: Bool, isBigEndian: Bool) -> String? {
        guard isUnicode else { return String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        for place in stride(from: 0, to: bytes.count, by: 4) {
            let word = isBigEndian ? bytes[place..<place + 4].map { $0 } : bytes[place..<place + 4].reversed()
            let value = word.reduce(0) { $0 << 8 | UInt32($1) }
            guard value != 0 else { break }
            guard let scalar = Unicode.Scalar(value) else { return nil }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
