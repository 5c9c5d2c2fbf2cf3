import ZooBase
import ZooCheckpoint
import ZooKit
import ZooModels
import ZooNN
import ZooTensor

/// The tiny model of an architecture as a folder: random weights, its config.json, a WordPiece vocabulary that fills its
/// token table.
final class TinyModel {
    let folder: String
    let architecture: any Architecture.Type

    init(_ architecture: any Architecture.Type, change: (String, inout [Float]) -> Void = { _, _ in }) throws {
        self.architecture = architecture
        folder = "/tmp/zoo-test-\(UInt64.random(in: .min ... .max))"
        try FilePaths.makeFolder(source)
        let loader = ParameterLoader([])
        let dialect = architecture.dialects.last ?? ""
        let model = try architecture.init(
            configuration: architecture.tiny, dropout: 0, scope: loader.scope(dialect).fresh(seed: 1))
        let tensors = try loader.parameters.map { parameter in
            var elements = Self.numbers(parameter)
            change(parameter.name, &elements)
            guard let info = TensorInfo(name: parameter.name, dtype: .f32, shape: parameter.shape) else {
                throw CheckpointError.duplicateName(file: "", name: parameter.name)
            }
            let storage = elements.withUnsafeBytes { ByteStorage(copying: Array($0)) }
            return TensorView(info: info, storage: storage, range: 0..<info.byteCount)!
        }
        try SafetensorsFormat.layout(try StateDict(tensors), metadata: [])
            .write(to: FilePaths.join(source, "model.safetensors"))
        try write("config.json", architecture.tiny.text(.pretty))
        try write("vocab.txt", Self.pieces(model.vocabularySize).map { $0 + "\n" }.joined())
        try write(
            "tokenizer_config.json",
            #"{"do_lower_case": true, "model_max_length": 40, "tokenizer_class": "BertTokenizer"}"#)
    }

    deinit { try? FilePaths.remove(folder) }

    /// The model's folder.
    var source: String { FilePaths.join(folder, "model") }
    /// Where a result goes.
    func place(_ name: String) -> String { FilePaths.join(folder, name) }

    /// Writes a file of the model.
    func write(_ name: String, _ text: String) throws {
        try AtomicFile.write(Array(text.utf8), to: FilePaths.join(source, name))
    }

    /// Cuts a model, by default this one, to a folder of this name.
    @discardableResult
    func slice(
        _ name: String, from other: String? = nil, _ change: (inout SliceRequest) -> Void
    ) throws -> SliceResult {
        var request = SliceRequest(source: other ?? source)
        request.path = place(name)
        change(&request)
        return try Registry(home: place("home")).slice(request) { _ in }
    }

    /// Numbers that differ from each other, around one for the gains of norms.
    private static func numbers(_ parameter: Parameter) -> [Float] {
        var state = parameter.name.utf8.reduce(0x9E37_79B9 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let middle: Float = parameter.name.hasSuffix("LayerNorm.weight") ? 1 : 0
        return (0..<parameter.shape.elementCount).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return middle + (Float(state >> 8) * 0x1p-24 - 0.5) * 0.5
        }
    }

    /// Special tokens, letters, marks, and words as many as there is room for.
    private static func pieces(_ count: Int) -> [String] {
        let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
        let first = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + letters.map { "##" + $0 }
        let rest = [".", ",", "!", "?", ";", "1", "2", "3", "the", "not", "good", "bad", "was", "it", "and"]
        let words = (first + rest).prefix(count)
        return words + (words.count..<count).map { "word\($0)" }
    }
}

/// A model folder as it was written.
struct WrittenModel {
    let configuration: JSON
    let tensors: [TensorView]

    init(_ folder: String) throws {
        configuration = try JSONParser.parse(FilePaths.read(FilePaths.join(folder, "config.json")))
        tensors = try Checkpoint.open(FilePaths.join(folder, "model.safetensors")).views()
    }

    /// The identity of the weights.
    var digest: ContentDigest { WeightsDigest.of(tensors, known: { _ in nil }) }

    /// What the bare encoder makes of a few sequences of ids.
    func pooled(_ sequences: [[UInt32]]) throws -> [Float] {
        let model = try SequenceClassifier.load(
            tensors: tensors, configuration: configuration,
            head: HeadSpecification(labelCount: 2, source: .fresh(seed: 3)), dropout: 0)
        let batch = TokenBatch(sequences: sequences)
        try model.check(batch)
        let pass = Pass(engine: Engine(threads: 1), mode: .inference, packing: batch.packing)
        return model.encoder.pooled(batch, pass).elements
    }

    subscript(_ name: String) -> TensorView? { tensors.first { $0.info.name == name } }
}
