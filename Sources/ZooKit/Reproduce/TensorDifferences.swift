import Glibc
internal import ZooBase
internal import ZooCheckpoint

/// How the tensors of a version that was made again differ from the recorded ones.
struct TensorDifferences {
    /// The first that differs, by the order of the recorded checkpoint; tensors that are new come last.
    private(set) var first: ReproduceResult.Difference?
    /// The one that differs most; one that cannot be compared before all others.
    private(set) var largest: ReproduceResult.Difference?

    init(recorded: Checkpoint, made: Checkpoint) throws {
        for tensor in recorded.tensors { note(try Self.difference(tensor, made[tensor.info.name])) }
        for tensor in made.tensors where recorded[tensor.info.name] == nil {
            note(.init(tensor: tensor.info.name, relative: nil, reason: "not in the recorded version"))
        }
    }

    private mutating func note(_ difference: ReproduceResult.Difference?) {
        guard let difference else { return }
        if first == nil { first = difference }
        if (difference.relative ?? .infinity) > (largest.map { $0.relative ?? .infinity } ?? -1) {
            largest = difference
        }
    }

    /// Nil when every bit is the same.
    private static func difference(
        _ recorded: CheckpointTensor, _ made: CheckpointTensor?
    ) throws -> ReproduceResult.Difference? {
        let name = recorded.info.name
        guard let made else { return .init(tensor: name, relative: nil, reason: "not made") }
        guard made.info.dtype == recorded.info.dtype, made.info.shape == recorded.info.shape else {
            return .init(
                tensor: name, relative: nil,
                reason: "recorded as \(recorded.info.dtype) \(recorded.info.shape), made as \(made.info.dtype) "
                    + "\(made.info.shape)")
        }
        let (first, second) = (try recorded.view(), try made.view())
        let isSame = first.withUnsafeBytes { left in
            second.withUnsafeBytes { right in
                left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
        guard !isSame else { return nil }
        guard recorded.info.dtype.isFloat else { return .init(tensor: name, relative: nil, reason: "other numbers") }
        let (a, b) = (try first.cast(to: .f64).view, try second.cast(to: .f64).view)
        let (difference, norm) = a.withUnsafeBytes { left in
            b.withUnsafeBytes { right in
                var (difference, norm) = (0.0, 0.0)
                let (x, y) = (left.bindMemory(to: Double.self), right.bindMemory(to: Double.self))
                for index in x.indices {
                    difference += (y[index] - x[index]) * (y[index] - x[index])
                    norm += x[index] * x[index]
                }
                return (difference, norm)
            }
        }
        guard difference.isFinite, norm.isFinite else {
            return .init(tensor: name, relative: nil, reason: "holds numbers that are not finite")
        }
        guard norm > 0 else {
            return .init(
                tensor: name, relative: difference > 0 ? nil : 0,
                reason: difference > 0 ? "recorded as zeros" : nil)
        }
        return .init(tensor: name, relative: (difference / norm).squareRoot(), reason: nil)
    }
}
