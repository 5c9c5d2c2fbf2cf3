public import ZooBase
internal import ZooCheckpoint

/// A model as exporters see it: plain values.
public struct ExportableModel: Sendable {
    /// What the outputs of a classifier mean, as transformers spells it.
    public enum Problem: String, Sendable, Hashable, CaseIterable {
        /// One of the labels.
        case singleLabel = "single_label_classification"
        /// Any of the labels.
        case multiLabel = "multi_label_classification"
        /// A number.
        case regression
    }

    /// The classifier on top of the encoder.
    public struct Head: Sendable, Hashable {
        /// A label for each output, in order.
        public let labels: [String]
        /// What the outputs mean.
        public let problem: Problem

        /// Makes a description.
        public init(labels: [String], problem: Problem) {
            self.labels = labels
            self.problem = problem
        }
    }

    /// A file that goes along unchanged.
    public struct File: Sendable, Hashable {
        /// Its bare name.
        public let name: String
        /// Its bytes.
        public let bytes: [UInt8]

        /// Makes a file.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The version's config.json.
    public let configuration: JSON
    /// Every tensor, under the version's names; their names differ.
    public let tensors: [TensorView]
    /// The classifier; nil for a base without one.
    public let head: Head?
    /// The tokenizer's files.
    public let tokenizerFiles: [File]

    /// Gathers the values.
    public init(configuration: JSON, tensors: [TensorView], head: Head?, tokenizerFiles: [File]) {
        self.configuration = configuration
        self.tensors = tensors
        self.head = head
        self.tokenizerFiles = tokenizerFiles
    }

    /// Fails when labels or file names cannot be used.
    func check(reserved: [String]) throws(ExportError) {
        var seen = Set<ExactString>()
        for label in head?.labels ?? [] where !seen.insert(ExactString(label)).inserted {
            throw .duplicateLabel(label)
        }
        seen = Set(reserved.map { ExactString($0) })
        for file in tokenizerFiles {
            let isBare = !file.name.isEmpty && !file.name.utf8.contains(UInt8(ascii: "/")) && !file.name.hasPrefix(".")
            guard isBare, seen.insert(ExactString(file.name)).inserted else { throw .fileName(file.name) }
        }
        guard let head, let weight = tensors.first(where: { $0.info.name == "classifier.weight" }) else { return }
        let outputs = weight.info.shape.dimensions.first ?? 0
        guard outputs == head.labels.count else {
            throw .labelCount(expected: outputs, found: head.labels.count)
        }
    }

    /// Writes config.json for weights of `dtype` and the tokenizer's files into `folder`.
    func writeCompanions(to folder: String, classes: HubNames, dtype: DType) throws(FileError) {
        let configuration = classes.configuration(of: self, dtype: dtype)
        try AtomicFile.write(
            Array((configuration.text(.pretty) + "\n").utf8), to: FilePaths.join(folder, HubExporter.configurationFile))
        for file in tokenizerFiles { try AtomicFile.write(file.bytes, to: FilePaths.join(folder, file.name)) }
    }
}
