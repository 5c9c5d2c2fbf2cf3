public import ZooBase

/// A way to hand a model to other programs: a folder of files.
public protocol Exporter: Sendable {
    /// What `--to` calls it.
    static var name: String { get }
    /// The dtypes it can write weights in.
    static var dtypes: [DType] { get }
    /// Writes `model` to `folder`, which must not exist or be empty and appears whole or not at all.
    static func write(
        _ model: ExportableModel, to folder: String, options: ExportOptions
    ) throws(ExportError) -> ExportReport
}

/// What an exporter is told besides the model.
public struct ExportOptions: Sendable, Hashable {
    /// The floating-point dtype of the weights.
    public var dtype: DType
    /// The version of the program, for the file's producer.
    public var producerVersion: String

    /// Makes options.
    public init(dtype: DType = .f32, producerVersion: String) {
        self.dtype = dtype
        self.producerVersion = producerVersion
    }
}

/// What was written.
public struct ExportReport: Sendable, Hashable {
    /// A file of the folder.
    public struct File: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its size.
        public let byteCount: Int
    }

    /// The exporter.
    public let exporter: String
    /// The folder.
    public let folder: String
    /// Its files, sorted.
    public let files: [File]
    /// Tensors of the model that were written.
    public let tensorCount: Int
    /// Tensors of the version that have no place in the export, sorted.
    public let droppedTensors: [String]
    /// The largest difference between a weight and what was written for it; 0 when all are exact.
    public let largestError: Double

    init(
        exporter: String, folder: String, workPath: String, tensorCount: Int, dropped: [String], largestError: Double
    ) throws(FileError) {
        self.exporter = exporter
        self.folder = folder
        self.tensorCount = tensorCount
        droppedTensors = dropped.sorted { ExactString($0) < ExactString($1) }
        self.largestError = largestError
        var files: [File] = []
        for name in try FilePaths.listRecursively(workPath) {
            files.append(File(name: name, byteCount: try FilePaths.size(of: FilePaths.join(workPath, name))))
        }
        self.files = files
    }
}

extension ExportReport: JSONRepresentable {
    /// The report, names in camel case.
    public var json: JSON {
        [
            "exporter": .string(exporter), "folder": .string(folder), "tensorCount": .integer(tensorCount),
            "files": .array(files.map { ["name": .string($0.name), "byteCount": .integer($0.byteCount)] }),
            "droppedTensors": .array(droppedTensors.map(JSON.string)), "largestError": .number(largestError),
        ]
    }
}
