internal import ZooBase

/// The checked header of a safetensors file.
///
/// The order of the checks: is there a length; is it allowed; does the header
/// lie in the file (so far nothing was read but eight bytes); is it UTF-8, JSON, free of duplicates, of the right form;
/// does each size follow from dtype and shape without overflow; do the tensors cover the data exactly once.
struct SafetensorsHeader {
    struct Entry {
        let info: TensorInfo
        /// Where in the data, which begins at `dataStart`.
        let range: Range<Int>
    }

    let metadata: [MetadataEntry]
    /// In the order of the data.
    let entries: [Entry]
    let dataStart: Int

    /// The little-endian 64-bit integer that `prefix` begins with; `prefix` has at least eight bytes.
    static func length(of prefix: [UInt8]) -> UInt64 {
        prefix[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads and checks the header of a whole file.
    init(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) {
        try self.init(bytes, byteCount: bytes.byteCount, file: file)
    }

    /// Reads and checks the header in `bytes`, the beginning of a file of `byteCount` bytes.
    init(_ bytes: SegmentedBytes, byteCount: Int, file: String) throws(CheckpointError) {
        guard bytes.byteCount >= 8 else { throw .tooShort(file: file, found: bytes.byteCount) }
        let length = Self.length(of: bytes.array(0..<8))
        guard length <= UInt64(SafetensorsFormat.maximumHeader) else {
            throw .headerTooLarge(file: file, limit: SafetensorsFormat.maximumHeader, found: length)
        }
        dataStart = 8 + Int(length)
        guard dataStart <= bytes.byteCount else {
            throw .headerBeyondFile(file: file, expected: dataStart, found: bytes.byteCount)
        }
        let members = try Self.members(of: bytes.array(8..<dataStart), file: file)
        var metadata: [MetadataEntry] = []
        var entries: [Entry] = []
        entries.reserveCapacity(members.count)
        for member in members {
            if ExactString(member.name) == ExactString(SafetensorsFormat.metadataName) {
                metadata = try Self.metadata(member.value, file: file)
            } else {
                entries.append(try Self.entry(member, file: file))
            }
        }
        // Empty tensors go before the one that begins where they are.
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, ExactString($0.info.name))
                < ($1.range.lowerBound, $1.range.upperBound, ExactString($1.info.name))
        }
        try Self.checkCoverage(of: byteCount - dataStart, by: entries, dataStart: dataStart, file: file)
        self.metadata = metadata
        self.entries = entries
    }

    private static func members(of header: [UInt8], file: String) throws(CheckpointError) -> [JSONMember] {
        let document: JSON
        do { document = try JSONParser.parse(header) } catch {
            if error.reason == .duplicateName { throw .duplicateName(file: file, name: error.name ?? "") }
            throw .invalidJSON(file: file, error)
        }
        guard let members = document.members else { throw .headerNotObject(file: file) }
        return members
    }

    private static func metadata(_ value: JSON, file: String) throws(CheckpointError) -> [MetadataEntry] {
        guard let members = value.members else {
            throw .metadataNotStrings(file: file, name: SafetensorsFormat.metadataName)
        }
        var metadata: [MetadataEntry] = []
        for member in members {
            guard let text = member.value.string else { throw .metadataNotStrings(file: file, name: member.name) }
            metadata.append(MetadataEntry(member.name, text))
        }
        return metadata
    }

    private static func entry(_ member: JSONMember, file: String) throws(CheckpointError) -> Entry {
        let tensor = member.name
        guard let fields = member.value.members else {
            throw .invalidEntry(file: file, tensor: tensor, detail: .notObject)
        }
        let known = ["dtype", "shape", "data_offsets"]
        if let unknown = fields.first(where: { field in !known.contains { ExactString($0) == ExactString(field.name) } }
        ) {
            throw .invalidEntry(file: file, tensor: tensor, detail: .unknown(field: unknown.name))
        }
        /// The field called `name` as `read` has it; another type when that is nil.
        func field<Value>(_ name: String, _ read: (JSON) -> Value?) throws(CheckpointError) -> Value {
            guard let value = member.value[name] else {
                throw .invalidEntry(file: file, tensor: tensor, detail: .missing(field: name))
            }
            guard let result = read(value) else {
                let found = excerpt(value)
                throw .invalidEntry(file: file, tensor: tensor, detail: .wrongType(field: name, found: found))
            }
            return result
        }
        let dtypeName = try field("dtype", \.string)
        guard let dtype = DType(rawValue: dtypeName) else {
            throw .unknownDType(file: file, tensor: tensor, found: dtypeName)
        }
        let shapeValue = try field("shape", \.array)
        guard let dimensions = sizes(shapeValue) else {
            throw .invalidShape(file: file, tensor: tensor, found: excerpt(.array(shapeValue)))
        }
        let offsetsValue = try field("data_offsets", \.array)
        guard let offsets = sizes(offsetsValue), offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .invalidOffsets(file: file, tensor: tensor, found: excerpt(.array(offsetsValue)))
        }
        guard let shape = Shape(checking: dimensions) else {
            throw .shapeOverflow(file: file, tensor: tensor, shape: excerpt(.array(shapeValue)))
        }
        let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: dtype.bitWidth)
        guard !overflow else { throw .shapeOverflow(file: file, tensor: tensor, shape: shape.description) }
        guard bits % 8 == 0, let info = TensorInfo(name: tensor, dtype: dtype, shape: shape) else {
            throw .notWholeBytes(file: file, tensor: tensor, dtype: dtype, shape: shape)
        }
        guard info.byteCount == offsets[1] - offsets[0] else {
            throw .sizeMismatch(
                file: file, tensor: tensor, expected: info.byteCount, found: offsets[1] - offsets[0])
        }
        return Entry(info: info, range: offsets[0]..<offsets[1])
    }

    /// What was found, short enough for one line.
    private static func excerpt(_ value: JSON) -> String {
        let text = value.text(.compact)
        return text.utf8.count <= 100 ? text : text.prefix(100) + "…"
    }

    /// The elements as integers that are not negative; nil when one is anything else.
    private static func sizes(_ elements: [JSON]) -> [Int]? {
        let sizes = elements.compactMap(\.integer).filter { $0 >= 0 }
        return sizes.count == elements.count ? sizes : nil
    }

    private static func checkCoverage(
        of byteCount: Int, by entries: [Entry], dataStart: Int, file: String
    ) throws(CheckpointError) {
        if let beyond = entries.first(where: { $0.range.upperBound > byteCount }) {
            throw .tensorBeyondFile(
                file: file, tensor: beyond.info.name, expected: beyond.range.upperBound, found: byteCount)
        }
        var end = 0
        for entry in entries {
            let (tensor, start) = (entry.info.name, entry.range.lowerBound)
            guard start <= end else { throw .hole(file: file, tensor: tensor, expected: end, found: start) }
            guard start == end else { throw .overlap(file: file, tensor: tensor, expected: end, found: start) }
            end = entry.range.upperBound
        }
        guard end == byteCount else {
            throw .trailingBytes(file: file, expected: dataStart + end, found: dataStart + byteCount)
        }
    }
}
