internal import CKernels
internal import ZooBase

/// One run of a model over one batch.
///
/// The same operations train (and leave a tape), infer (and leave nothing), or are recorded (and compute nothing).
///
/// Operations are methods; `backward` then gives every trainable parameter its gradient. A pass that begins again, step
/// after step, uses again what it has.
public final class Pass {
    /// What a pass is for.
    public enum Mode: Sendable, Hashable {
        /// Dropout on, a tape kept.
        ///
        /// Randomness is a function of the seed, the optimizer step, the sequence's place in the batch, the dropout
        /// site and the element.
        case training(seed: UInt64, step: Int)
        /// Dropout off, buffers released as soon as they are not needed.
        case inference
        /// Nothing computed; `graph` grows.
        case recording
    }

    /// Threads, libraries, memory.
    public let engine: Engine
    /// What the pass is for.
    public private(set) var mode = Mode.inference
    /// How the sequences lie.
    public private(set) var packing = Packing(lengths: [])
    /// Whether gradients are added to those of the passes before: this one is a further part of the same step.
    public private(set) var accumulates = false
    /// Layers whose outputs are wanted besides the model's own, from 1; to be set before the model runs.
    public var wantedLayers: Set<Int> = []
    /// The outputs of the layers wanted, [tokens, width], as far as the model came by them; none after `backward`.
    public private(set) var layerOutputs: [Int: Tensor] = [:]
    /// The operations so far, while recording.
    public private(set) var graph = Graph()

    var tape: [Step] = []
    private var valueCount = 2
    private var siteCount: UInt64 = 0
    /// The key and the place of each token.
    private var tokenKeys: [UInt64] = []
    private(set) var tokenPlaces: [UInt32] = []
    private var sequenceKeys: [UInt64] = []

    /// Begins a pass over sequences packed in the given way; a recording needs none.
    ///
    /// A step may be computed in several passes: `firstSequence` is how many sequences of it came before, and from the
    /// second on `accumulates` adds the gradients up.
    public init(
        engine: Engine, mode: Mode, packing: Packing = Packing(lengths: [1]), firstSequence: Int = 0,
        accumulates: Bool = false
    ) {
        self.engine = engine
        begin(mode, packing: packing, firstSequence: firstSequence, accumulates: accumulates)
    }

    /// Begins again, over other sequences: everything of before is forgotten but `wantedLayers`.
    ///
    /// `firstSequence` and `accumulates` are those of `init`.
    public func begin(_ mode: Mode, packing: Packing, firstSequence: Int = 0, accumulates: Bool = false) {
        tape.removeAll(keepingCapacity: true)
        forgetLayerOutputs()
        (valueCount, siteCount) = (2, 0)
        graph = Graph()
        self.mode = mode
        self.accumulates = accumulates
        self.packing.assign(packing)
        reserve(engine.largestPass)
        tokenKeys.removeAll(keepingCapacity: true)
        tokenPlaces.removeAll(keepingCapacity: true)
        sequenceKeys.removeAll(keepingCapacity: true)
        var stepKey: UInt64?
        if case .training(let seed, let step) = mode { stepKey = ck_mix(seed, UInt64(step)) }
        for sequence in 0..<packing.count {
            let key = stepKey.map { ck_mix($0, UInt64(firstSequence + sequence)) } ?? 0
            sequenceKeys.append(key)
            for place in 0..<UInt32(packing[sequence].count) {
                tokenKeys.append(key)
                tokenPlaces.append(place)
            }
        }
    }

    /// Room for what is kept of each token and each sequence.
    private func reserve(_ size: PassSize) {
        tokenKeys.reserveCapacity(size.tokens)
        tokenPlaces.reserveCapacity(size.tokens)
        sequenceKeys.reserveCapacity(size.sequences)
        packing.reserve(size)
        engine.tokenGroups.reserve(size)
    }

    var isTraining: Bool { if case .training = mode { true } else { false } }
    var isRecording: Bool { mode == .recording }

    /// A new value; without elements while recording.
    func value(rows: Int, width: Int, needsGradient: Bool) -> Tensor {
        defer { valueCount += 1 }
        return engine.arena.tensor(
            rows: rows, width: width, id: valueCount, needsGradient: isTraining && needsGradient,
            isRecorded: isRecording)
    }

    /// A value computed earlier, such as what a frozen prefix makes of the batch; `fill` writes the elements.
    public func constant(
        rows: Int, width: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        precondition(!isRecording, "a constant has no place in a recorded graph")
        let tensor = value(rows: rows, width: width, needsGradient: false)
        fill(tensor.data)
        return tensor
    }

    /// Called by a model with the output of each layer, [tokens, width], numbered from 1: keeps it when it is wanted.
    public func finished(layer: Int, _ hidden: Tensor) {
        if wantedLayers.contains(layer) { layerOutputs[layer] = hidden }
    }

    func forgetLayerOutputs() { layerOutputs.removeAll(keepingCapacity: true) }

    /// Leaves out the dropout sites of operations whose result is known, so that those after them stay what they are.
    public func skipDropoutSites(_ count: Int) { siteCount += UInt64(count) }

    /// Adds a node while recording; true when there is nothing to compute.
    func records(
        _ operation: @autoclosure () -> Operation, _ inputs: @autoclosure () -> [Int], _ output: Tensor
    ) -> Bool {
        guard isRecording else { return false }
        graph.nodes.append(
            Graph.Node(operation: operation(), inputs: inputs(), output: output.id, width: output.width))
        return true
    }

    /// Names the values that the recorded graph is for.
    public func output(_ tensors: Tensor...) { graph.outputs = tensors.map(\.id) }

    /// The next dropout site.
    ///
    /// Every operation with dropout takes one, active or not, so that a frozen prefix or another probability does not
    /// shift the sites after it.
    func site(_ probability: Float, active: Bool) -> DropoutSite {
        precondition(probability >= 0 && probability < 1, "dropout probability \(probability)")
        defer { siteCount += 1 }
        let threshold = isTraining && active ? UInt32((probability * 65536).rounded()) : 0
        return DropoutSite(index: siteCount, threshold: threshold, scale: 65536 / Float(65536 - threshold))
    }

    /// Lends the kernels' description of a dropout whose rows are tokens (or whole sequences), from row `first` on.
    func withDropout<Result>(
        _ site: DropoutSite, rows: RowKind, first: Int, _ body: (UnsafePointer<ck_dropout>) -> Result
    ) -> Result {
        (rows == .tokens ? tokenKeys : sequenceKeys).withUnsafeBufferPointer { keys in
            tokenPlaces.withUnsafeBufferPointer { places in
                // A row that is a whole sequence is its own place 0.
                Self.zeros.withUnsafeBufferPointer { zero in
                    var dropout = ck_dropout(
                        keys: keys.baseAddress! + first,
                        places: rows == .tokens ? places.baseAddress! + first : zero.baseAddress!, site: site.index,
                        threshold: site.threshold, scale: site.scale)
                    return body(&dropout)
                }
            }
        }
    }

    private static let zeros = [UInt32](repeating: 0, count: rowTile)
    /// Rows that a kernel works on at a time.
    static let rowTile = 64

    /// Whether a tensor's rows are the tokens or the sequences of the packing.
    func rowKind(_ tensor: Tensor) -> RowKind { tensor.rows == packing.tokenCount ? .tokens : .sequences }

    /// The key of one head's dropout in one sequence.
    func attentionKey(_ site: DropoutSite, sequence: Int, head: Int) -> UInt64 {
        ck_mix(ck_mix(sequenceKeys[sequence], site.index), UInt64(head))
    }
}

/// Whether rows are tokens or sequences.
enum RowKind { case tokens, sequences }

/// One place of the model where elements are dropped.
struct DropoutSite {
    let index: UInt64
    /// The probability times 65536; 0 when inactive.
    let threshold: UInt32
    let scale: Float
}
