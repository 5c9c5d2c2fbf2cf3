public import ZooBase

/// HDF5 (docs.hdfgroup.org, "HDF5 File Format Specification" 1.0 to 3.0): every dataset is a tensor named by its path,
/// attributes are metadata; the layouts of Keras are understood.
///
/// libhdf5 reads the file in a process of its own. See Documentation/formats/hdf5.md.
public enum HDF5Format: WritableFormat {
    /// What the format is called: `hdf5`.
    public static let name = "hdf5"
    /// How names usually end: `.h5`.
    public static let suffix = ".h5"
    /// Other endings.
    public static let otherSuffixes = [".hdf5"]
    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    /// Bytes that a dataset may have beyond `maximumRatio` times what the file stores of it: its fill value.
    static let maximumFill = 64 << 20
    /// What deflate reaches at most, rounded up.
    static let maximumRatio = 1040

    /// The signature at the start.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool { prefix.starts(with: signature) }

    /// The signature after a block of the user's: at byte 512, 1024, 2048 and so on.
    public static func recognizesInside(_ bytes: SegmentedBytes) -> Bool {
        sequence(first: 512) { $0 * 2 }.prefix { $0 <= bytes.byteCount - signature.count }.contains { place in
            bytes.array(place..<place + signature.count) == signature
        }
    }

    /// Describes every dataset; those that lie packed in the file are not copied.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let contents = try HDF5Contents(bytes, range: 0..<bytes.byteCount, file: file)
        return Checkpoint(
            format: name, producer: contents.producer, metadata: contents.metadata, tensors: contents.tensors,
            optimizerState: contents.optimizerState, unreadable: contents.unreadable,
            files: [.init(name: file, byteCount: bytes.byteCount, tensorCount: contents.tensors.count)])
    }

    /// The file that holds `state`: each tensor at the path that is its name, metadata as attributes.
    ///
    /// With the attributes by which Keras finds layers and weights where the names are those of Keras.
    ///
    /// - Throws: `CheckpointError` for names that cannot be paths and dtypes that HDF5 has no word for.
    public static func layout(
        _ state: StateDict, metadata: [MetadataEntry] = []
    ) throws(CheckpointError) -> any FileLayout {
        try HDF5Layout(state, metadata: metadata)
    }
}
