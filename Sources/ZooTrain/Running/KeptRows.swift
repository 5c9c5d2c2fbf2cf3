internal import ZooBase
internal import ZooModels
internal import ZooTensor

/// Numbers that belong to rows, computed once, and kept in a cache where there is one.
struct KeptRows {
    private let storage: ByteStorage
    /// Where each row's numbers begin, and after the last where they end.
    private let starts: [Int]

    /// Lets `fill` write the numbers of all rows, or finds them in `cache` under `key`; row r has `counts[r]` of them.
    ///
    /// `fill` calls `write` with a row, the place of the first number among the row's, and the numbers.
    init(
        counts: [Int], key: @autoclosure () -> ContentDigest, cache: (any FrozenCache)?,
        fill: (_ write: (Int, Int, UnsafeBufferPointer<Float>) -> Void) throws(TrainError) -> Void
    ) throws(TrainError) {
        var starts = [0]
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        self.starts = starts
        func make(_ bytes: UnsafeMutableRawBufferPointer) throws(TrainError) {
            let numbers = bytes.bindMemory(to: Float.self)
            try fill { row, first, found in
                let start = starts[row] + first
                _ = UnsafeMutableBufferPointer(rebasing: numbers[start..<start + found.count])
                    .update(fromContentsOf: found)
            }
        }
        let count = starts[counts.count] * 4
        if let cache {
            storage = try cache.bytes(key(), count: count, make: make)
        } else {
            storage = try ByteStorage(byteCount: count, fill: make)
        }
    }

    /// Copies numbers of a row, from its number `first` on, to fill `target`.
    func copy(_ row: Int, from first: Int = 0, to target: UnsafeMutableBufferPointer<Float>) {
        let start = starts[row] + first
        precondition(start + target.count <= starts[row + 1], "row \(row) has not so many numbers")
        storage.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(target)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[4 * start..<4 * (start + target.count)]))
        }
    }

    /// Copies all numbers of a row to where `target` begins; how many there are.
    func copy(_ row: Int, toBeginningOf target: Slice<UnsafeMutableBufferPointer<Float>>) -> Int {
        let count = starts[row + 1] - starts[row]
        copy(row, to: UnsafeMutableBufferPointer(rebasing: target.prefix(count)))
        return count
    }

    /// Everything that decides a bit of what a model makes of rows: the parameters, the token ids, how it is computed.
    static func key(
        _ what: String, parameters: [Parameter], rows: [TokenizedRow], _ engine: Engine
    ) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update("\(what) \(engine.precision) \(numericsVersion) \(KernelSet.current.json.text(.canonical))\0")
        for parameter in parameters {
            hasher.update("\(parameter.name) \(parameter.shape)\0")
            parameter.withUnsafeElements { hasher.update(UnsafeRawBufferPointer($0)) }
        }
        for row in rows {
            hasher.update("\(row.ids.count) ")
            row.ids.withUnsafeBytes { hasher.update($0) }
            row.typeIDs.withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finalize()
    }
}
