internal import ZooBase

/// An array in the metadata: what it holds is read when it is asked for, so that a vocabulary costs nothing until then.
public struct GGUFArray: Sendable {
    /// Arrays of arrays of arrays end here.
    static let maximumDepth = 4
    /// Most elements of one array: several times the largest vocabulary there is.
    static let maximumCount = 1 << 22
    /// An array is part of the printed metadata when it has at most so many elements.
    private static let shortCount = 16
    /// And takes at most so many bytes.
    private static let shortByteCount = 1024

    /// What the elements are.
    public let elementType: GGUFValueType
    /// Number of elements.
    public let count: Int
    /// Where the elements lie in the file.
    let range: Range<Int>
    private let bytes: SegmentedBytes
    private let file: String

    /// Reads the type and the count at `cursor` and leaves out the elements.
    init(
        skipping cursor: inout GGUFCursor, in bytes: SegmentedBytes, depth: Int = 1, file: String
    ) throws(CheckpointError) {
        let start = cursor.offset
        guard depth <= Self.maximumDepth else { throw cursor.error(.ggufTooDeep(limit: Self.maximumDepth, at: start)) }
        elementType = try cursor.valueType()
        count = try cursor.count("elements of an array", limit: Self.maximumCount, each: elementType.leastByteCount)
        let first = cursor.offset
        if let size = elementType.byteCount {
            try cursor.skip(UInt64(count * size))
        } else if elementType == .string {
            for _ in 0..<count { try cursor.skipString() }
        } else {
            for _ in 0..<count {
                _ = try GGUFArray(skipping: &cursor, in: bytes, depth: depth + 1, file: file)
            }
        }
        range = first..<cursor.offset
        self.bytes = bytes
        self.file = file
    }

    /// The elements.
    ///
    /// - Throws: `CheckpointError.malformed` for a string that is not UTF-8, a truth value that is none.
    public func values() throws(CheckpointError) -> [GGUFValue] {
        var cursor = GGUFCursor(bytes, at: range.lowerBound, file: file)
        var values: [GGUFValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try cursor.value(of: elementType, in: bytes, file: file)) }
        return values
    }

    /// The elements of a short array, otherwise how many there are of what.
    func summary() throws(CheckpointError) -> String {
        count <= Self.shortCount && range.count <= Self.shortByteCount
            ? GGUFValue.array(try values()).description : "array of \(count) \(elementType.plural)"
    }
}

extension GGUFCursor {
    /// The type of a metadata value.
    mutating func valueType() throws(CheckpointError) -> GGUFValueType {
        let start = offset
        let number = try integer(UInt32.self)
        guard let type = GGUFValueType(rawValue: number) else { throw error(.ggufValueType(number, at: start)) }
        return type
    }

    /// A count of things that take at least `each` bytes, all of which the file must have.
    mutating func count(_ what: String, limit: Int, each size: Int) throws(CheckpointError) -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(limit) else { throw error(.ggufTooMany(what, limit: limit, found: count)) }
        guard Int(count) * size <= remaining else {
            throw error(.ggufTruncated(at: offset, needed: count * UInt64(size), found: remaining))
        }
        return Int(count)
    }

    /// A metadata value of `type`.
    mutating func value(
        of type: GGUFValueType, in bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) -> GGUFValue {
        switch type {
        case .u8: return .unsigned(UInt64(try integer(UInt8.self)))
        case .u16: return .unsigned(UInt64(try integer(UInt16.self)))
        case .u32: return .unsigned(UInt64(try integer(UInt32.self)))
        case .u64: return .unsigned(try integer())
        case .i8: return .signed(Int64(try integer(Int8.self)))
        case .i16: return .signed(Int64(try integer(Int16.self)))
        case .i32: return .signed(Int64(try integer(Int32.self)))
        case .i64: return .signed(try integer())
        case .f32: return .float(Float(bitPattern: try integer()))
        case .f64: return .double(Double(bitPattern: try integer()))
        case .bool:
            let start = offset
            let byte = try integer(UInt8.self)
            guard byte <= 1 else { throw error(.ggufBoolean(byte, at: start)) }
            return .bool(byte == 1)
        case .string: return .string(try string("a metadata value", atMost: GGUFHeader.maximumString))
        case .array:
            // How deep it goes was checked when it was skipped.
            return .array(try GGUFArray(skipping: &self, in: bytes, file: file).values())
        }
    }
}
