internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText
internal import ZooTrain

/// What a model and a cut of it make of the same texts.
struct SliceCheck {
    /// Texts on which both were run.
    let textCount: Int
    /// Texts left out because they need word pieces or positions that are gone.
    let leftOutCount: Int
    /// The largest absolute difference of an output.
    let largestDifference: Double
    /// The mean, over the texts, of |difference| / |original| (norms).
    let relativeChange: Double

    /// Runs both.
    ///
    /// - Throws: what loading throws when the result cannot be run, and `KitError.notFinite`.
    init(_ original: ModelFiles, _ originalCheckpoint: Checkpoint, _ cut: ModelFiles, labelCount: Int?) throws {
        let engine = Engine(threads: Threads.available)
        func model(_ files: ModelFiles, _ checkpoint: Checkpoint) throws -> SequenceClassifier {
            try SequenceClassifier.load(
                tensors: try checkpoint.views(), configuration: try files.configuration(),
                head: HeadSpecification(
                    labelCount: labelCount ?? 1, source: labelCount == nil ? .fresh(seed: 0) : .stored), dropout: 0)
        }
        let small = try model(cut, try cut.weights())
        let large = try model(original, originalCheckpoint)
        let (first, second) = (try original.tokenizer(), try cut.tokenizer())
        let length = small.encoder.maximumLength
        var rows: [(TokenizedRow, TokenizedRow)] = []
        for text in Self.texts {
            let (a, b) = (first.encode(text, maximumLength: length), second.encode(text, maximumLength: length))
            guard a.tokens == b.tokens else { continue }
            rows.append(
                (TokenizedRow(ids: a.ids, typeIDs: a.typeIDs), TokenizedRow(ids: b.ids, typeIDs: b.typeIDs)))
        }
        func outputs(_ model: SequenceClassifier, _ rows: [TokenizedRow]) throws -> [[Float]] {
            let evaluator = Evaluator(model, engine: engine)
            return labelCount == nil ? try evaluator.pooled(rows) : try evaluator.logits(rows)
        }
        let expected = try outputs(large, rows.map(\.0)), found = try outputs(small, rows.map(\.1))
        guard found.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw KitError.notFinite }
        var largest = 0.0, change = 0.0
        for (a, b) in zip(expected, found) {
            var difference = 0.0, norm = 0.0
            for (x, y) in zip(a, b) {
                largest = max(largest, abs(Double(x) - Double(y)))
                difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
                norm += Double(x) * Double(x)
            }
            change += norm > 0 ? (difference / norm).squareRoot() : 0
        }
        textCount = rows.count
        leftOutCount = Self.texts.count - rows.count
        largestDifference = largest
        relativeChange = rows.isEmpty ? 0 : change / Double(rows.count)
    }

    /// Short and long, plain and odd.
    private static let texts = [
        "Good.", "I would not buy this again.", "The soup was cold, but the waiter made up for it with a free dessert.",
        "", "not bad, not great, just there", "Why does nobody mention the noise?", "a b c 1 2 3 ! ?",
        "It broke after two days; they replaced it within a week, and the new one has worked ever since.",
        "The plot makes no sense and the acting is wooden, yet I could not stop watching until the very end.",
        "Delivery was late. The box was torn. The lamp inside was perfect.",
    ]
}
