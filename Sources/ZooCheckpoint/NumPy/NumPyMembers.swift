internal import ZooBase

/// The arrays of a file, one after the other: numbers become tensors, single texts metadata, the rest is listed.
struct NumPyMembers {
    let bytes: SegmentedBytes
    let file: String
    private var tensors: [CheckpointTensor] = []
    private var metadata: [MetadataEntry] = []
    private var unreadable: [Checkpoint.Unreadable] = []

    /// The longest text that becomes metadata, in bytes.
    private static let longestText = 65_536

    init(bytes: SegmentedBytes, file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// The array that lies in `range` of the file.
    mutating func add(_ name: String, at range: Range<Int>) throws(CheckpointError) {
        let bytes = bytes
        let array = try header(name, byteCount: range.count) { bytes.array(range.prefix($0)) }
        let data = range.lowerBound + array.dataStart..<range.upperBound
        try add(name, array, content: { () throws(CheckpointError) in bytes.array(data) }) { info, elements in
            guard let elements else { return CheckpointTensor(info, in: bytes, range: data) }
            return unsafe CheckpointTensor(info) { target in
                let window = bytes.window(data)
                unsafe window.storage.withUnsafeBytes { all in
                    unsafe elements.gather(from: UnsafeRawBufferPointer(rebasing: all[window.range]), into: target)
                }
            }
        }
    }

    /// The array that `entry` of `archive` inflates to.
    mutating func add(_ name: String, inflating entry: ZipEntry, of archive: ZipArchive) throws(CheckpointError) {
        let array = try header(name, byteCount: entry.byteCount) { archive.beginning(of: entry, $0) }
        let start = array.dataStart
        let content = { () throws(CheckpointError) in
            try archive.contents(entry).array(start..<entry.byteCount)
        }
        try add(name, array, content: content) { info, elements in
            unsafe CheckpointTensor(info) { target throws(CheckpointError) in
                try unsafe archive.contents(entry).withUnsafeBytes { all in
                    let data = unsafe UnsafeRawBufferPointer(rebasing: all[start...])
                    if let elements {
                        unsafe elements.gather(from: data, into: target)
                    } else {
                        unsafe target.copyMemory(from: data)
                    }
                }
            }
        }
    }

    /// Most headers are 128 bytes long; a longer one is read again as a whole.
    private func header(
        _ name: String, byteCount: Int, _ beginning: (Int) -> [UInt8]
    ) throws(CheckpointError) -> NumPyArray {
        let head = beginning(256)
        let isLong = head.count >= 12 && (ZipFields(head).u16(8) ?? 0) + 10 > head.count
        return try NumPyArray(
            isLong ? beginning(NumPyArray.longestPrefix) : head, byteCount: byteCount, name: name, file: file)
    }

    private mutating func add(
        _ name: String, _ array: NumPyArray, content: () throws(CheckpointError) -> [UInt8],
        tensor: (TensorInfo, StridedElements?) -> CheckpointTensor?
    ) throws(CheckpointError) {
        switch array.type {
        case .known(let dtype, let isBigEndian):
            guard let info = TensorInfo(name: name, dtype: dtype, shape: array.shape),
                let tensor = tensor(info, array.strided(dtype, isBigEndian: isBigEndian))
            else { preconditionFailure("the header was checked against the bytes") }
            tensors.append(tensor)
        case .text(let width, let isUnicode, let isBigEndian):
            if array.shape.rank == 0, width <= Self.longestText,
                let text = NumPyArray.text(try content(), isUnicode: isUnicode, isBigEndian: isBigEndian)
            {
                metadata.append(MetadataEntry(name, text))
            } else {
                list(name, "text \(array.shape)", "only single texts are read, as metadata")
            }
        case .other(let type): list(name, "\(type) \(array.shape)", "elements of this type are not read")
        }
    }

    private mutating func list(_ name: String, _ description: String, _ reason: String) {
        unreadable.append(.init(name: name, description: description, reason: reason))
    }

    /// What was added, with the metadata that `comment` holds as JSON.
    func checkpoint(format: String, comment: [UInt8] = []) -> Checkpoint {
        let entries = (try? JSONParser.parse(comment))?.members ?? []
        let inComment = entries.compactMap { entry in entry.value.string.map { MetadataEntry(entry.name, $0) } }
        let names = Set(metadata.map { ExactString($0.name) })
        return Checkpoint(
            format: format, producer: "NumPy",
            metadata: metadata + inComment.filter { !names.contains(ExactString($0.name)) }, tensors: tensors,
            unreadable: unreadable,
            files: [.init(name: file, byteCount: bytes.byteCount, tensorCount: tensors.count)])
    }
}
