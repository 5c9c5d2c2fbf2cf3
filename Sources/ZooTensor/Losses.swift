internal import CKernels
internal import ZooBase

/// How cross-entropy weighs classes and softens labels.
public struct CrossEntropyOptions: Sendable, Hashable {
    /// One weight a class; nil weighs all alike.
    ///
    /// The mean is weighted, as in PyTorch.
    public var classWeights: [Float]?
    /// The share of the target that is spread over all classes.
    public var smoothing: Float

    /// Gathers the options.
    public init(classWeights: [Float]? = nil, smoothing: Float = 0) {
        self.classWeights = classWeights
        self.smoothing = smoothing
    }

    /// What the mean divides by: the weights of the labels' classes together.
    public func weight(of labels: [Int32]) -> Double {
        var total = 0.0
        for label in labels where label != -100 { total += Double(classWeights?[Int(label)] ?? 1) }
        return total
    }
}

// Losses end a pass: their value is a number, their gradient starts the backward pass.
extension Pass {
    /// Weighted mean cross-entropy of logits [rows, classes]; label -100 leaves a row out.
    ///
    /// Nan when all are left out. When the rows are a part of a step, `total` is the weight of all its rows, and the
    /// parts' values add up to the step's.
    public func crossEntropy(
        _ logits: Tensor, labels: [Int32], _ options: CrossEntropyOptions = .init(), total: Double? = nil
    ) -> Double {
        let classes = logits.width
        precondition(labels.count == logits.rows, "\(labels.count) labels for \(logits.rows) rows")
        precondition(
            labels.allSatisfy { $0 == -100 || (0..<Int32(classes)).contains($0) }, "a label outside 0..<\(classes)")
        precondition(options.classWeights.map { $0.count == classes } ?? true, "not one weight a class")
        let total = total ?? options.weight(of: labels)
        var losses = [Float](repeating: 0, count: labels.count)
        let slope = logits.needsGradient ? engine.arena.buffer(logits.data.count) : nil
        func compute(_ weights: UnsafePointer<Float>?) {
            ck_cross_entropy(
                &losses, slope?.start, logits.start, labels, weights, options.smoothing, Float(1 / total),
                labels.count, classes)
        }
        if let weights = options.classWeights { compute(weights) } else { compute(nil) }
        if let slope { tape.append(.loss(input: logits, slope: slope)) }
        return losses.reduce(0) { $0 + Double($1) } / total
    }

    /// Mean squared error of predictions [rows, 1] or [rows].
    ///
    /// When the rows are a part of a step, `total` is the number of all its rows.
    public func squaredError(_ predictions: Tensor, targets: [Float], total: Int? = nil) -> Double {
        let values = predictions.data
        precondition(targets.count == values.count, "\(targets.count) targets for \(values.count) predictions")
        let slope = predictions.needsGradient ? engine.arena.buffer(values.count) : nil
        var sum = 0.0
        for (index, target) in targets.enumerated() {
            let error = values[index] - target
            sum += Double(error * error)
            slope?.start[index] = 2 * error / Float(total ?? targets.count)
        }
        if let slope { tape.append(.loss(input: predictions, slope: slope)) }
        return sum / Double(total ?? targets.count)
    }
}
