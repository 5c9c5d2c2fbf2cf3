internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText
internal import ZooTrain

/// What a model and a cut of it make of the same texts.
struct SliceCheck {
    /// A model that can be run, with its tokenizer.
    struct Side {
        let model: SequenceClassifier
        let tokenizer: Tokenizer
        let labelCount: Int

        /// Loads the model; a pooler may be missing where there is no head to need it.
        ///
        /// - Throws: what loading throws.
        init(_ files: ModelFiles, _ checkpoint: Checkpoint, labelCount: Int) throws {
            model = try SequenceClassifier.load(
                tensors: try checkpoint.views(), configuration: try files.configuration(),
                head: HeadSpecification(
                    labelCount: max(labelCount, 1), source: labelCount == 0 ? .fresh(seed: 0) : .stored), dropout: 0,
                needsPooler: labelCount > 0)
            tokenizer = try files.tokenizer()
            self.labelCount = labelCount
        }
    }

    /// What was compared.
    let outputs: String
    /// Whether the original's outputs are finite: nothing can be said of a difference otherwise.
    let isOriginalFinite: Bool
    /// Texts on which both were run.
    let textCount: Int
    /// Texts left out because they need word pieces or positions that are gone.
    let leftOutCount: Int
    /// The largest absolute difference of an output.
    let largestDifference: Double
    /// The mean, over the texts, of |difference| / |original| (norms).
    let relativeChange: Double

    /// Why a model cannot be loaded, when that is for what it is and no fault of the system; nil for other errors.
    static func reason(_ error: any Error) -> String? {
        switch error {
        case let error as ModelError: error.message
        case let error as TextError: error.message
        default: nil
        }
    }

    /// Runs both.
    ///
    /// - Throws: what running throws, and `KitError.notFinite`.
    init(_ original: Side, _ cut: Side) throws {
        let engine = Engine(threads: Threads.available)
        let (whole, length) = (original.model.encoder.maximumLength, cut.model.encoder.maximumLength)
        var rows: [(TokenizedRow, TokenizedRow)] = []
        for text in Self.texts {
            // What no longer fits is not within the cut.
            let a = original.tokenizer.encode(text, maximumLength: whole)
            let b = cut.tokenizer.encode(text, maximumLength: length)
            guard a.tokens == b.tokens else { continue }
            rows.append(
                (TokenizedRow(ids: a.ids, typeIDs: a.typeIDs), TokenizedRow(ids: b.ids, typeIDs: b.typeIDs)))
        }
        let hasPooler = original.model.hasPooler && cut.model.hasPooler
        let hasHead = cut.labelCount > 0
        func run(_ side: Side, _ rows: [TokenizedRow]) throws -> [[Float]] {
            let evaluator = Evaluator(side.model, engine: engine)
            if hasHead { return try evaluator.logits(rows) }
            return hasPooler ? try evaluator.pooled(rows) : try evaluator.encoded(rows)
        }
        let expected = try run(original, rows.map(\.0)), found = try run(cut, rows.map(\.1))
        isOriginalFinite = expected.allSatisfy { $0.allSatisfy(\.isFinite) }
        guard found.allSatisfy({ $0.allSatisfy(\.isFinite) }) || !isOriginalFinite else { throw KitError.notFinite }
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
        outputs = hasHead ? "logits" : hasPooler ? "pooled outputs" : "hidden states"
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
