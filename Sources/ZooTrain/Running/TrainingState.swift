internal import ZooBase
internal import ZooTensor

/// Everything that a run needs to go on as if it had not stopped.
///
/// Randomness is a function of seed and step, so it needs no place here.
///
/// The bytes: `zoo-run3`; the number of bytes of the header, 64 bits, little-endian; the header, canonical JSON, which
/// says how many elements each trained parameter has; float32 values, little-endian: for each trained parameter its
/// elements, then for each both moments, then, once an epoch was judged, for each its elements after the best one; a
/// checksum of all that, 64 bits, little-endian.
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

    let progress: Progress
    private let storage: ByteStorage
    private let hasBest: Bool
    /// Where the numbers begin.
    private let start: Int

    private static let magic = Array("zoo-run3".utf8)
    /// The same without the counts in the header.
    private static let uncountedMagic = Array("zoo-run2".utf8)
    private static let sumCount = 8

    /// Writes the state from where it lies, without copying it.
    static func save(
        _ progress: Progress, parameters: [Parameter], optimizer: AdamW, best: [[Float]]?, to storage: any RunStorage
    ) throws(FileError) {
        let counts = parameters.map(\.shape.elementCount)
        let header = Array(progress.header(counts: counts, hasBest: best != nil).text(.canonical).utf8)
        try storage.save { write throws(FileError) in
            var sum: UInt64 = 0
            func put(_ bytes: UnsafeRawBufferPointer) -> Result<Void, FileError> {
                sum = Checksum.of(bytes, after: sum)
                return Result { () throws(FileError) in try write(bytes) }
            }
            try magic.withUnsafeBytes(put).get()
            try withUnsafeBytes(of: UInt64(header.count).littleEndian, put).get()
            try header.withUnsafeBytes(put).get()
            for parameter in parameters {
                try parameter.withUnsafeElements { put(UnsafeRawBufferPointer($0)) }.get()
            }
            for index in parameters.indices {
                try optimizer.withMoments(index) { first, second in
                    put(UnsafeRawBufferPointer(first)).flatMap { put(UnsafeRawBufferPointer(second)) }
                }.get()
            }
            for elements in best ?? [] { try elements.withUnsafeBytes(put).get() }
            try withUnsafeBytes(of: sum.littleEndian) { bytes in
                Result { () throws(FileError) in try write(bytes) }
            }.get()
        }
    }

    /// Reads a state whose parameters have `counts` elements.
    ///
    /// - Throws: `TrainError.foreignState`.
    init(_ storage: ByteStorage, counts: [Int]) throws(TrainError) {
        try self.init(storage, expecting: counts)
    }

    /// What is wrong with the bytes of a state, whatever it is of; nil for nothing, and for a state of version 0.1, which
    /// only the trainer that goes on with it can check.
    static func damage(of storage: ByteStorage) -> String? {
        do throws(TrainError) {
            let (_, header) = try Self.header(of: storage)
            if header["counts"] == nil, storage.array(0..<8) == uncountedMagic { return nil }
            _ = try Self(storage, expecting: nil)
            return nil
        } catch {
            if case .foreignState(let reason) = error { return reason }
            return error.message
        }
    }

    /// The header, and where it ends.
    private static func header(of storage: ByteStorage) throws(TrainError) -> (end: Int, header: JSON) {
        guard storage.byteCount >= 16 + sumCount, [magic, uncountedMagic].contains(storage.array(0..<8)) else {
            throw .foreignState(reason: "it is not one of ours")
        }
        let count = word(8, of: storage)
        guard count <= UInt64(storage.byteCount - 16 - sumCount) else {
            throw .foreignState(reason: "its header is too long")
        }
        let end = 16 + Int(count)
        guard let header = try? JSONParser.parse(storage.array(16..<end)) else {
            throw .foreignState(reason: "its header cannot be read")
        }
        return (end, header)
    }

    private static func word(_ offset: Int, of storage: ByteStorage) -> UInt64 {
        storage.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    /// - Parameter expected: the numbers of elements; nil for those that the header says.
    private init(_ storage: ByteStorage, expecting expected: [Int]?) throws(TrainError) {
        let header: JSON
        (start, header) = try Self.header(of: storage)
        let body = storage.byteCount - Self.sumCount
        let limit = body - start
        guard let (progress, hasBest) = Progress.read(header),
            let counts = expected ?? header["counts"]?.array?.map({ $0.integer ?? -1 }),
            counts.count < 1 << 20, counts.allSatisfy({ (0...limit).contains($0) }),
            limit == 4 * (hasBest ? 4 : 3) * counts.reduce(0, +)
        else { throw .foreignState(reason: "its header does not fit the model") }
        self.progress = progress
        self.hasBest = hasBest
        self.storage = storage
        // In the pieces in which it was written.
        let floats = counts + counts.flatMap { [$0, $0] } + (hasBest ? counts : [])
        var (sum, offset): (UInt64, Int) = (0, 0)
        for count in [8, 8, start - 16] + floats.map({ $0 * 4 }) {
            sum = storage.withUnsafeBytes {
                Checksum.of(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]), after: sum)
            }
            offset += count
        }
        guard sum == Self.word(body, of: storage) else {
            throw .foreignState(reason: "its bytes do not match their checksum")
        }
    }

    /// Gives parameters and optimizer what they had; the elements after the best epoch.
    func restore(_ parameters: [Parameter], _ optimizer: AdamW) -> [[Float]]? {
        var offset = start
        /// The numbers may lie at any address.
        func fill(_ buffer: UnsafeMutableBufferPointer<Float>) {
            let count = buffer.count * 4
            storage.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(buffer)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            }
            storage.relinquish(offset..<offset + count)
            offset += count
        }
        func floats(_ count: Int) -> [Float] {
            [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                filled = count
            }
        }
        for parameter in parameters { parameter.assign(floats(parameter.shape.elementCount)) }
        optimizer.restore(stepCount: progress.step) { _, first, second in
            fill(first)
            fill(second)
        }
        return hasBest ? parameters.map { floats($0.shape.elementCount) } : nil
    }
}

extension TrainingState.Progress {
    func header(counts: [Int], hasBest: Bool) -> JSON {
        .object([
            "counts": .array(counts.map { .integer($0) }),
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
