import Testing
import ZooBase
import ZooCheckpoint
import ZooModels
import ZooTensor
import ZooTrain

/// The tiny BERT of Fixtures/models/bert, and rows for it.
enum TinyBert {
    static let folder = FilePaths.join(
        FilePaths.parent(of: FilePaths.parent(of: FilePaths.parent(of: #filePath))), "Fixtures/models/bert")

    static func model(
        head: HeadSpecification = HeadSpecification(labelCount: 3, source: .stored), dropout: Double? = 0
    ) throws -> SequenceClassifier {
        try SequenceClassifier.load(
            tensors: Checkpoint.open(FilePaths.join(folder, "model.safetensors")).views(),
            configuration: JSONParser.parse(FilePaths.read(FilePaths.join(folder, "config.json"))), head: head,
            dropout: dropout)
    }

    /// Rows of 3 to 17 tokens whose class shows in which half of the vocabulary most of them come from.
    static func toyRows(_ count: Int, seed: UInt64) -> [LabelledRow] {
        var generator = CounterGenerator(key: seed)
        return (0..<count).map { index in
            let label = index % 2
            let ids = (0..<generator.next(below: 15) + 3).map { _ in
                let isOdd = generator.next(below: 10) == 0
                return Int32((label == 1) != isOdd ? 60 + generator.next(below: 60) : 1 + generator.next(below: 59))
            }
            return LabelledRow(
                TokenizedRow(ids: ids, typeIDs: ids.map { _ in 0 }), target: .label(label))
        }
    }

    static let twoClasses = HeadSpecification(labelCount: 2, source: .fresh(seed: 7))
    static let toyTask = SequenceClassification(labels: ["low", "high"])

    /// A short recipe for the toy rows.
    static var toyRecipe: Recipe {
        var recipe = Recipe()
        recipe.epochs = 2
        recipe.batchSize = 8
        recipe.lr = 2e-3
        return recipe
    }

    static func toyTrainer(
        _ recipe: Recipe = toyRecipe, threads: Int = 1, dropout: Double = 0.1, rows: Int = 60,
        cache: (any FrozenCache)? = nil
    ) throws -> Trainer {
        try Trainer(
            model: model(head: twoClasses, dropout: dropout), task: toyTask, recipe: recipe,
            training: toyRows(rows, seed: 1), validation: toyRows(40, seed: 2), engine: Engine(threads: threads),
            cache: cache)
    }
}

extension SequenceClassifier {
    /// The bits of all parameters.
    var bits: [[UInt32]] { parameters.map { $0.elements.map(\.bitPattern) } }
}

extension TrainingOutcome {
    var result: TrainingResult? { if case .finished(let result) = self { result } else { nil } }
}

/// Keeps the last state that was saved, and how often it was.
final class MemoryStorage: RunStorage {
    var saved: [UInt8]?
    var saveCount = 0

    init(_ saved: [UInt8]? = nil) { self.saved = saved }

    func save(
        _ body: ((UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        var bytes: [UInt8] = []
        try body { piece throws(FileError) in bytes += piece }
        saved = bytes
        saveCount += 1
    }

    func load() throws(FileError) -> ByteStorage? { saved.map { ByteStorage(copying: $0) } }
}
