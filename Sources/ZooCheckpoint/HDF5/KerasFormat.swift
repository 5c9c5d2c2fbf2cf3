public import ZooBase

/// A model of Keras 3 in one file: a zip archive of its configuration and an HDF5 file of its weights.
public enum KerasFormat: CheckpointFormat {
    /// What the format is called: `keras`.
    public static let name = "keras"
    /// How names end: `.keras`.
    public static let suffix = ".keras"
    private static let weights = "model.weights.h5"
    private static let configuration = "config.json"
    private static let about = "metadata.json"
    private static let maximumText = 64 << 20

    /// A zip archive whose first entry is one of the three that such a file has.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool {
        guard let first = ZipArchive.firstName(prefix), first.isWhole else { return false }
        return [weights, configuration, about].contains { first.name.elementsEqual($0.utf8) }
    }

    /// Describes every weight; those that lie packed in the file are not copied.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let archive = try ZipArchive(bytes, file: file)
        var metadata: [MetadataEntry] = []
        var version: String?
        for name in [configuration, about] {
            guard let entry = archive[name] else { continue }
            let storage = try archive.contents(entry, limit: maximumText)
            let text = storage.array(0..<storage.byteCount)
            metadata.append(MetadataEntry(name, String(decoding: text, as: UTF8.self)))
            if name == about { version = (try? JSONParser.parse(text))?["keras_version"]?.string }
        }
        guard let entry = archive[weights] else { throw .malformed(file: file, .kerasWeights(weights)) }
        let contents: HDF5Contents
        if entry.isDeflated {
            let inflated = SegmentedBytes([try archive.contents(entry)])
            contents = try HDF5Contents(inflated, range: 0..<inflated.byteCount, file: file)
        } else {
            contents = try HDF5Contents(bytes, range: entry.data, file: file)
        }
        let taken = Set(metadata.map { ExactString($0.name) })
        return Checkpoint(
            format: name, producer: version.map { "Keras \($0)" } ?? contents.producer,
            metadata: metadata + contents.metadata.filter { !taken.contains(ExactString($0.name)) },
            tensors: contents.tensors, optimizerState: contents.optimizerState, unreadable: contents.unreadable,
            files: [.init(name: file, byteCount: bytes.byteCount, tensorCount: contents.tensors.count)])
    }
}

extension FormatFault {
    /// An archive without weights.
    static func kerasWeights(_ name: String) -> FormatFault {
        FormatFault("kerasWeights", "the archive has no entry \(CheckpointError.quoted(name))", .saveAgain)
    }
}
