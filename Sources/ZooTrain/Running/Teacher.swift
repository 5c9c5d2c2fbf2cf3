internal import ZooBase
public import ZooModels
internal import ZooTensor

/// A trained model that another learns from, and the training rows as it reads them.
public struct Teacher {
    /// The model, with a head for the same classes.
    public let model: SequenceClassifier
    /// The training rows in the teacher's own tokens, as many and in the same order as the pupil's.
    public let rows: [TokenizedRow]
    /// For each class of the task, which of the teacher's outputs it is.
    public let outputs: [Int]
    /// For each layer of the pupil from the first, the teacher's layer (from 1) whose hidden states it is to come near;
    /// empty when hidden states are not compared.
    public let layers: [Int]
    /// Whether teacher and pupil divide a row into the same tokens, so that their hidden states can be compared.
    public let isComparable: [Bool]

    /// Gathers the facts.
    public init(
        model: SequenceClassifier, rows: [TokenizedRow], outputs: [Int], layers: [Int], isComparable: [Bool]
    ) {
        precondition(rows.count == isComparable.count, "\(rows.count) rows, \(isComparable.count) known to compare")
        self.model = model
        self.rows = rows
        self.outputs = outputs
        self.layers = layers
        self.isComparable = isComparable
    }
}

/// How a pupil follows its teacher: which layers, on which rows, and how much they count.
struct Lesson {
    /// A layer of the pupil and the one of the teacher that it is to come near, both from 1.
    struct Pair: Hashable {
        let pupil: Int, teacher: Int
    }

    let pairs: [Pair]
    let isComparable: [Bool]
    let temperature: Float
    /// The share of the loss that is due to soft labels.
    let softShare: Double
    /// How much the mean squared distance of hidden states counts.
    let hiddenShare: Double

    /// What `recipe` makes of a teacher; layers of the pupil that are frozen cannot come nearer.
    init(_ teacher: Teacher, recipe: Recipe) {
        let share = recipe.hiddenWeight ?? 1
        let pairs = teacher.layers.enumerated().map { Pair(pupil: $0 + 1, teacher: $1) }.filter { pair in
            switch recipe.freeze {
            case .none, .embeddings: true
            case .layers(let count): pair.pupil > count
            case .all: false
            }
        }
        self.pairs = share > 0 && teacher.isComparable.contains(true) ? pairs : []
        isComparable = self.pairs.isEmpty ? teacher.isComparable.map { _ in false } : teacher.isComparable
        hiddenShare = share
        temperature = Float(recipe.temperature)
        softShare = recipe.distillationWeight
    }
}

/// What a teacher makes of the rows of a step, and where each of them stands in it.
struct Taught {
    let outputs: TeacherOutputs
    let places: [Int]
}

extension Lesson {
    /// The part of a step's loss that is due to the teacher, for the rows of one pass: `part` of the step's `rows`, whose
    /// lengths `length` tells.
    func loss(
        _ logits: Tensor, _ pass: Pass, part: Range<Int>, of rows: [Int], _ taught: Taught, length: (Int) -> Int
    ) -> Double {
        var loss = pass.softLabels(
            logits, teacher: taught.outputs.logits(taught.places[part]), temperature: temperature, share: softShare,
            total: Double(rows.count))
        let tokens = rows.reduce(0) { isComparable[$1] ? $0 + length($1) : $0 }
        guard tokens > 0 else { return loss }
        for (depth, pair) in pairs.enumerated() {
            let states = pass.layerOutputs[pair.pupil]!
            loss += pass.squaredDistance(
                states, compared: part.map { isComparable[rows[$0]] }, share: hiddenShare,
                total: Double(tokens * states.shape[1] * pairs.count)
            ) { target in
                for (index, place) in part.enumerated() where isComparable[rows[place]] {
                    let own = pass.packing[index]
                    taught.outputs.copyStates(
                        taught.places[place], depth: depth,
                        to: UnsafeMutableBufferPointer(
                            rebasing: target[own.lowerBound * states.shape[1]..<own.upperBound * states.shape[1]]))
                }
            }
        }
        return loss
    }
}

/// What a teacher makes of rows: its logits, and the hidden states that are compared; computed without dropout.
struct TeacherOutputs {
    private let numbers: KeptRows
    private let pairs: [Lesson.Pair]
    private let lengths: [Int]
    private let classes: Int
    private let width: Int

    /// Computes them for the rows at `places`, or finds them in `cache`.
    init(
        _ teacher: Teacher, _ lesson: Lesson, places: some Collection<Int>, engine: Engine, cache: (any FrozenCache)?
    ) throws(TrainError) {
        let (model, rows) = (teacher.model, places.map { teacher.rows[$0] })
        let isComparable = places.map { lesson.isComparable[$0] }
        let (classes, width, lengths) = (teacher.outputs.count, model.encoder.width, rows.map(\.ids.count))
        (self.classes, self.width, self.lengths, pairs) = (classes, width, lengths, lesson.pairs)
        numbers = try KeptRows(
            counts: zip(lengths, isComparable).map { classes + ($1 ? lesson.pairs.count * width * $0 : 0) },
            key: Self.key(teacher, lesson, rows: rows, isComparable: isComparable, engine), cache: cache
        ) { write throws(TrainError) in
            try Evaluator(model, engine: engine).forEachBatch(rows) { places, batch, pass in
                pass.wantedLayers = Set(lesson.pairs.map(\.teacher))
                let logits = model.logits(batch, pass).elements
                for (index, place) in places.enumerated() {
                    let own = teacher.outputs.map { logits[index * model.labelCount + $0] }
                    own.withUnsafeBufferPointer { write(place, 0, $0) }
                }
                for (depth, pair) in lesson.pairs.enumerated() {
                    pass.layerOutputs[pair.teacher]!.withUnsafeElements { states in
                        for (index, place) in places.enumerated() where isComparable[place] {
                            let tokens = batch.packing[index]
                            write(
                                place, classes + depth * tokens.count * width,
                                UnsafeBufferPointer(
                                    rebasing: states[tokens.lowerBound * width..<tokens.upperBound * width]))
                        }
                    }
                }
            }
        }
    }

    /// Bytes that they take for all rows of `teacher`.
    static func byteCount(_ teacher: Teacher, _ lesson: Lesson) -> Int {
        let tokens = zip(teacher.rows, lesson.isComparable).reduce(0) { $0 + ($1.1 ? $1.0.ids.count : 0) }
        let states = tokens * teacher.model.encoder.width * lesson.pairs.count
        return 4 * (teacher.rows.count * teacher.outputs.count + states)
    }

    /// Identifies a teacher, its rows and what of its outputs is used.
    static func key(
        _ teacher: Teacher, _ lesson: Lesson, rows: [TokenizedRow], isComparable: [Bool], _ engine: Engine
    ) -> ContentDigest {
        let layers = lesson.pairs.map { String($0.teacher) }.joined(separator: ",")
        let compared = String(isComparable.map { $0 ? "1" : "0" })
        return KeptRows.key(
            "teacher \(teacher.outputs) \(layers) \(compared)", parameters: teacher.model.parameters, rows: rows, engine
        )
    }

    /// The logits of rows, one row after the other.
    func logits(_ places: some Sequence<Int>) -> [Float] {
        places.flatMap { place in
            [Float](unsafeUninitializedCapacity: classes) { target, count in
                numbers.copy(place, to: UnsafeMutableBufferPointer(rebasing: target[..<classes]))
                count = classes
            }
        }
    }

    /// Writes the hidden states of a row that is compared, those of pair `depth` of the lesson: [tokens, width].
    func copyStates(_ place: Int, depth: Int, to target: UnsafeMutableBufferPointer<Float>) {
        numbers.copy(place, from: classes + depth * lengths[place] * width, to: target)
    }
}
