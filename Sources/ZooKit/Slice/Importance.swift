internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels

/// How much heads and units do: the norm of the part of the output projection through which alone each reaches the rest
/// of the model.
struct Importance {
    let axes: ModelAxes
    let dialects: [String]
    let state: StateDict

    /// The norm of each of `groups` equal parts of the last axis of a layer's tensor, in double precision.
    ///
    /// - Throws: `KitError.invalidSlice` when the tensor is missing or cannot be divided so.
    func norms(of rule: String, layer: Int, groups: Int) throws -> [Double] {
        let name = rule.replacing("{layer}", with: String(layer))
        guard let tensor = dialects.lazy.compactMap({ state[$0 + name] }).first else {
            throw KitError.invalidSlice("there is no tensor \(name), by which importance is measured")
        }
        guard let width = tensor.info.shape.dimensions.last, tensor.info.shape.rank == 2, width % groups == 0 else {
            throw KitError.invalidSlice("\(name) is \(tensor.info.shape), which \(groups) parts do not divide")
        }
        let size = width / groups
        var sums = [Double](repeating: 0, count: groups)
        try tensor.view().cast(to: .f32).view.withUnsafeBytes { bytes in
            let elements = bytes.bindMemory(to: Float.self)
            for row in 0..<tensor.info.shape[0] {
                for group in 0..<groups {
                    var sum = 0.0
                    for column in group * size..<(group + 1) * size {
                        let value = Double(elements[row * width + column])
                        sum += value * value
                    }
                    sums[group] += sum
                }
            }
        }
        return sums.map { $0.squareRoot() }
    }

    /// The places of the `count` largest norms, ascending; of equal ones the first.
    static func best(_ count: Int, _ norms: [Double]) -> [Int] {
        norms.indices.sorted { (-norms[$0], $0) < (-norms[$1], $1) }.prefix(count).sorted()
    }
}
