internal import ZooBase

extension CheckpointTensor {
    /// The elements whose place along `axis` is in one of `runs`, in their order; traps outside the axis.
    ///
    /// Tensors that are one in their file stay one when they are cut alike.
    ///
    /// One run along the first axis of a mapped tensor is a view; the others are copied, run by run, when they are asked
    /// for.
    ///
    /// - Throws: `CheckpointError.cannotCast` for elements that are not whole bytes.
    public func gathered(axis: Int, runs: [Range<Int>]) throws(CheckpointError) -> CheckpointTensor {
        var dimensions = info.shape.dimensions
        precondition(dimensions.indices.contains(axis), "\(info.shape) has no axis \(axis)")
        let length = dimensions[axis]
        precondition(runs.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= length }, "a run leaves axis \(axis)")
        guard runs != [0..<length] else { return self }
        guard info.dtype.bitWidth % 8 == 0 else {
            throw .cannotCast(tensor: info.name, from: info.dtype, to: info.dtype)
        }
        let outer = dimensions[..<axis].reduce(1, *)
        let inner = dimensions[(axis + 1)...].reduce(info.dtype.bitWidth / 8, *)
        dimensions[axis] = runs.reduce(0) { $0 + $1.count }
        guard let part = TensorInfo(name: info.name, dtype: info.dtype, shape: Shape(dimensions)) else {
            preconditionFailure("fewer elements take fewer bytes")
        }
        if outer == 1, runs.count == 1, let mapped {
            let start = mapped.range.lowerBound + runs[0].lowerBound * inner
            guard let view = TensorView(info: part, storage: mapped.storage, range: start..<start + part.byteCount)
            else { preconditionFailure("a part of a tensor lies inside it") }
            var cut = CheckpointTensor(view)
            cut.share = share?.keeping(runs, along: axis)
            return cut
        }
        var cut = unsafe CheckpointTensor(part) { target throws(CheckpointError) in
            let view = try self.view()
            unsafe view.withUnsafeBytes { source in
                var place = 0
                for row in 0..<outer {
                    for run in runs where !run.isEmpty {
                        let from = (row * length + run.lowerBound) * inner
                        let count = run.count * inner
                        unsafe UnsafeMutableRawBufferPointer(rebasing: target[place..<place + count])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
                        place += count
                    }
                }
            }
            view.storage.relinquish(view.range)
        }
        cut.share = share?.keeping(runs, along: axis)
        return cut
    }
}

extension [Int] {
    /// The places, ascending, as runs of neighbours.
    public var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        for place in self {
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        return runs
    }
}
