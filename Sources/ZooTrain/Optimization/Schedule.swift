#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How the learning rate changes from step to step: it rises linearly over the first steps and then follows a shape,
/// with the formulas of transformers' `get_linear_schedule_with_warmup` and its siblings.
public struct Schedule: Sendable, Hashable {
    /// What follows the warm-up.
    public enum Shape: String, Sendable, CaseIterable {
        /// A straight line to 0.
        case linear
        /// Half a cosine to 0.
        case cosine
        /// No change.
        case constant
    }

    /// What follows the warm-up.
    public let shape: Shape
    /// Steps of the warm-up.
    public let warmupSteps: Int
    /// All steps.
    public let stepCount: Int

    /// A schedule of `stepCount` steps; `warmup` is a share of them when it is below 1 (rounded up), otherwise a number
    /// of steps.
    public init(_ shape: Shape, warmup: Double, stepCount: Int) {
        self.shape = shape
        self.stepCount = stepCount
        warmupSteps = Int((warmup < 1 ? warmup * Double(stepCount) : min(warmup, Double(stepCount))).rounded(.up))
    }

    /// What the highest rate is multiplied by at `step`, which counts from 0: the first step of a warm-up has rate 0.
    public func factor(_ step: Int) -> Double {
        if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
        let left = Double(max(1, stepCount - warmupSteps))
        switch shape {
        case .constant: return 1
        case .linear: return max(0, Double(stepCount - step) / left)
        case .cosine: return max(0, 0.5 * (1 + cos(.pi * Double(step - warmupSteps) / left)))
        }
    }
}
