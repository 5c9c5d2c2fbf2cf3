internal import ZooBase
internal import ZooCheckpoint

/// Part of a tensor: `NAME[0:1000]`, `NAME[:, 0:64]`.
struct TensorRange {
    let name: String
    let parts: [(lower: Int?, upper: Int?)]

    /// Reads `NAME[from:to]`, with a part for each of the first axes.
    ///
    /// - Throws: `KitError.invalidOption`; `KitError.contradiction` for a part without a place.
    init(_ text: String) throws(KitError) {
        guard text.hasSuffix("]"), let open = text.lastIndex(of: "["), open != text.startIndex else {
            throw .invalidOption(name: "--range", value: text, expected: "NAME[from:to], NAME[:, from:to]")
        }
        name = String(text[..<open])
        var parts: [(Int?, Int?)] = []
        for part in text[open...].dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: ":", omittingEmptySubsequences: false)
                .map { $0.trimmingPrefix { $0 == " " } }
            let numbers = ends.map { Int($0) }
            guard ends.count == 2, zip(ends, numbers).allSatisfy({ $0.isEmpty || $1 != nil }) else {
                throw .invalidOption(name: "--range", value: text, expected: "NAME[from:to], NAME[:, from:to]")
            }
            if let upper = numbers[1], case let lower = numbers[0] ?? 0, lower == upper {
                throw .contradiction("--range: \(lower):\(upper) of \(name) is empty")
            }
            parts.append((numbers[0], numbers[1]))
        }
        self.parts = parts
    }

    /// The tensors of `source`, that one cut.
    ///
    /// - Throws: `KitError.noMatch`, `KitError.invalidSlice`; `CheckpointError`.
    func apply(to state: StateDict, of source: String) throws -> StateDict {
        guard let tensor = state[name] else {
            throw KitError.noMatch(option: "--range", pattern: name, source: source)
        }
        var cut = tensor
        guard parts.count <= tensor.info.shape.rank else {
            throw KitError.invalidSlice("--range: \(name) is \(tensor.info.shape)")
        }
        for (axis, part) in parts.enumerated() {
            let length = tensor.info.shape[axis]
            let (lower, upper) = (part.lower ?? 0, part.upper ?? length)
            guard lower >= 0, lower < upper, upper <= length else {
                throw KitError.invalidSlice(
                    "--range: \(lower):\(upper) lies outside axis \(axis) of \(name), \(length)")
            }
            cut = try cut.gathered(axis: axis, runs: [lower..<upper])
        }
        return try StateDict(state.tensors.map { $0.info.name == name ? cut : $0 })
    }
}
