internal import ZooBase
internal import ZooTensor

/// Everything that a run needs to go on as if it had not stopped.
///
/// Randomness is a function of seed and step, so it needs no place here.
///
/// The bytes: `zoo-run1`; the number of bytes of the header, 64 bits, little-endian; the header, canonical JSON; float32
/// values, little-endian: for each trained parameter its elements, then for each both moments, then, once an epoch was
/// judged, for each its elements after the best one; the SHA-256 of all that, in hexadecimal digits.
struct TrainingState {
    /// What is in the header.
    struct Progress: Equatable {
        /// Identifies recipe, rows and parameters.
        var plan: String
        /// Optimizer steps done.
        var step = 0
        /// Sum of loss · rows over the steps of the epoch.
        var lossSum = 0.0
        /// Rows of the steps of the epoch.
        var lossRows = 0
        /// Epochs done.
        var epochs: [EpochReport] = []
        /// The best epoch so far, from 1.
        var bestEpoch: Int?
        /// Whether training ended before its last epoch.
        var isStoppedEarly = false
    }

    var progress: Progress
    let elements: [[Float]]
    let moments: [AdamW.Moments]
    let best: [[Float]]?

    private static let magic = Array("zoo-run1".utf8)

    /// Writes the state without copying the parameters.
    static func save(
        _ progress: Progress, parameters: [Parameter], moments: [AdamW.Moments], best: [[Float]]?,
        to storage: any RunStorage
    ) throws(FileError) {
        let header = Array(progress.header(hasBest: best != nil).text(.canonical).utf8)
        try storage.save { write throws(FileError) in
            var hasher = ContentHasher()
            func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
                hasher.update(bytes)
                try write(bytes)
            }
            func put<Element>(_ elements: [Element]) throws(FileError) {
                let outcome = elements.withUnsafeBytes { bytes in
                    Result { () throws(FileError) in try put(bytes) }
                }
                try outcome.get()
            }
            try put(magic)
            try put(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
            try put(header)
            for parameter in parameters { try put(parameter.elements) }
            for moment in moments {
                try put(moment.first)
                try put(moment.second)
            }
            for elements in best ?? [] { try put(elements) }
            try put(Array(hasher.finalize().hex.utf8))
        }
    }

    /// Reads a state whose parameters have `counts` elements.
    ///
    /// - Throws: `TrainError.foreignState`.
    init(_ storage: ByteStorage, counts: [Int]) throws(TrainError) {
        let digestCount = 64
        let body = storage.byteCount - digestCount
        guard body >= 16, storage.array(0..<8) == Self.magic else {
            throw .foreignState(reason: "it is not one of ours")
        }
        let digest = storage.withUnsafeBytes { ContentDigest(of: UnsafeRawBufferPointer(rebasing: $0[..<body])) }
        guard Array(digest.hex.utf8) == storage.array(body..<storage.byteCount) else {
            throw .foreignState(reason: "its bytes do not match their digest")
        }
        let headerCount = storage.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        guard headerCount <= UInt64(body - 16) else { throw .foreignState(reason: "its header is too long") }
        let start = 16 + Int(headerCount)
        guard let header = try? JSONParser.parse(storage.array(16..<start)),
            let (progress, hasBest) = Progress.read(header),
            body - start == 4 * (hasBest ? 4 : 3) * counts.reduce(0, +)
        else { throw .foreignState(reason: "its header does not fit the model") }
        self.progress = progress
        var offset = start
        func floats(_ count: Int) -> [Float] {
            defer { offset += count * 4 }
            return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                storage.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(buffer)
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count * 4]))
                }
                filled = count
            }
        }
        elements = counts.map(floats)
        moments = counts.map { AdamW.Moments(first: floats($0), second: floats($0)) }
        best = hasBest ? counts.map(floats) : nil
    }
}

extension TrainingState.Progress {
    func header(hasBest: Bool) -> JSON {
        .object([
            "plan": .string(plan), "step": .integer(step), "lossSum": Self.exact(lossSum),
            "lossRows": .integer(lossRows), "bestEpoch": bestEpoch.map { .integer($0) },
            "isStoppedEarly": .bool(isStoppedEarly), "hasBest": .bool(hasBest),
            "epochs": .array(
                epochs.map { epoch in
                    .object([
                        "epoch": .integer(epoch.epoch), "trainingLoss": Self.exact(epoch.trainingLoss),
                        "metric": .string(epoch.metric), "value": epoch.value.map(Self.exact),
                        "isBest": .bool(epoch.isBest),
                    ])
                }),
        ])
    }

    /// The bits of a number, so that it comes back exactly, whatever it is.
    private static func exact(_ value: Double) -> JSON { .integer(Int(bitPattern: UInt(value.bitPattern))) }
    private static func number(_ json: JSON?) -> Double? {
        json?.integer.map { Double(bitPattern: UInt64(UInt(bitPattern: $0))) }
    }

    static func read(_ json: JSON) -> (progress: Self, hasBest: Bool)? {
        guard let plan = json["plan"]?.string, let step = json["step"]?.integer,
            let lossSum = number(json["lossSum"]), let lossRows = json["lossRows"]?.integer,
            let isStoppedEarly = json["isStoppedEarly"]?.bool, let hasBest = json["hasBest"]?.bool,
            let entries = json["epochs"]?.array
        else { return nil }
        let epochs = entries.compactMap { entry -> EpochReport? in
            guard let epoch = entry["epoch"]?.integer, let loss = number(entry["trainingLoss"]),
                let metric = entry["metric"]?.string, let isBest = entry["isBest"]?.bool
            else { return nil }
            return EpochReport(
                epoch: epoch, trainingLoss: loss, metric: metric, value: number(entry["value"]), isBest: isBest)
        }
        guard epochs.count == entries.count else { return nil }
        let progress = Self(
            plan: plan, step: step, lossSum: lossSum, lossRows: lossRows, epochs: epochs,
            bestEpoch: json["bestEpoch"]?.integer, isStoppedEarly: isStoppedEarly)
        return (progress, hasBest)
    }
}
