internal import ZooBase

/// An HDF5 file, as a checkpoint tells it.
struct HDF5Contents {
    let producer: String?
    let metadata: [MetadataEntry]
    let tensors: [CheckpointTensor]
    let optimizerState: [CheckpointTensor]
    private(set) var unreadable: [Checkpoint.Unreadable]

    /// Reads the description of the HDF5 file at `range` of `bytes`.
    ///
    /// - Throws: `CheckpointError`.
    init(_ bytes: SegmentedBytes, range: Range<Int>, file: String) throws(CheckpointError) {
        let isHDF5 = Self.signaturePlaces(range.count).contains { place in
            bytes.array(range.lowerBound + place..<range.lowerBound + place + 8) == HDF5Format.signature
        }
        guard isHDF5 else { throw .malformed(file: file, .hdf5Unreadable("", "there is no HDF5 signature")) }
        let reader = HDF5Reader(bytes, range: range, file: file)
        let table = try reader.table()
        let keras = try KerasNames(table, file: file)
        unreadable = table.unreadable
        producer = keras.producer
        metadata = keras.metadata(table)
        var meanings: [ExactString: String] = [:]
        for attribute in table.attributes where attribute.name == "dtype" {
            meanings[ExactString(attribute.path)] = attribute.text
        }
        var tensors: [Int: CheckpointTensor] = [:]
        for (number, dataset) in table.datasets.enumerated() {
            if let reason = Self.obstacle(
                dataset, meaning: meanings[ExactString(dataset.info.name)], isKeras: keras.isKeras)
            {
                let info = dataset.info
                unreadable.append(
                    .init(
                        name: keras.name(of: info.name), description: "\(info.dtype.rawValue) \(info.shape)",
                        reason: reason))
                continue
            }
            let tensor = try Self.tensor(dataset, number, bytes, start: range.lowerBound, reader: reader, file: file)
            tensors[number] = tensor.renamed(keras.name(of: dataset.info.name))
        }
        self.tensors = keras.order.compactMap { tensors[$0] }
        optimizerState = keras.optimizerOrder.compactMap { tensors[$0] }
        unreadable.sort { ExactString($0.name) < ExactString($1.name) }
        var names: Set<ExactString> = []
        for tensor in self.tensors where !names.insert(ExactString(tensor.info.name)).inserted {
            throw .duplicateName(file: file, name: tensor.info.name)
        }
    }

    /// Where a file of `byteCount` bytes may begin, after a block of the user's: at 0, 512, 1024, 2048….
    private static func signaturePlaces(_ byteCount: Int) -> [Int] {
        guard byteCount >= 8 else { return [] }
        return [0] + sequence(first: 512) { $0 * 2 }.prefix { $0 <= byteCount - 8 }
    }

    /// Why a dataset whose attribute `dtype` says `meaning` cannot be a tensor; nil when it can.
    private static func obstacle(_ dataset: HDF5Table.Dataset, meaning: String?, isKeras: Bool) -> String? {
        if dataset.isOpaque {
            guard meaning == "bfloat16" || meaning == nil && isKeras else {
                return "two bytes of which the file does not say what they mean"
            }
        }
        guard dataset.offset == nil else { return nil }
        let (justified, overflow) = dataset.storedByteCount.multipliedReportingOverflow(by: HDF5Format.maximumRatio)
        if overflow || dataset.info.byteCount - HDF5Format.maximumFill <= justified { return nil }
        return "it would take \(dataset.info.byteCount) bytes, of which the file stores \(dataset.storedByteCount)"
    }

    private static func tensor(
        _ dataset: HDF5Table.Dataset, _ number: Int, _ bytes: SegmentedBytes, start: Int, reader: HDF5Reader,
        file: String
    ) throws(CheckpointError) -> CheckpointTensor {
        let info = dataset.info
        if let offset = dataset.offset {
            guard
                let tensor = CheckpointTensor(info, in: bytes, range: start + offset..<start + offset + info.byteCount)
            else { preconditionFailure("the table was checked against the size of the file") }
            return tensor
        }
        let name = info.name
        return unsafe CheckpointTensor(info) { memory throws(CheckpointError) in
            if memory.count > 0 { try unsafe reader.read(number, name: name, into: memory) }
        }
    }
}

extension HDF5Table {
    /// The text of the attribute `name` of the object at `path`; nil without one.
    func text(_ name: String, of path: String) -> String? {
        attributes.first { ExactString($0.path) == ExactString(path) && ExactString($0.name) == ExactString(name) }?
            .text
    }
}
