import Testing
import ZooBase
import ZooCheckpoint

@Suite struct TensorLayoutTests {
    /// The elements of `shape` in the order of `axes`, found one index at a time.
    private func permuted(_ bytes: [UInt8], _ shape: [Int], _ axes: [Int], width: Int) -> [UInt8] {
        var result: [UInt8] = []
        let target = axes.map { shape[$0] }
        for place in 0..<target.reduce(1, *) {
            var rest = place
            var index = [Int](repeating: 0, count: shape.count)
            for axis in axes.reversed() {
                index[axis] = rest % shape[axis]
                rest /= shape[axis]
            }
            let from = zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
            result += bytes[(from * width)..<((from + 1) * width)]
        }
        return result
    }

    private func tensor(_ dtype: DType, _ shape: [Int]) -> CheckpointTensor {
        let count = shape.reduce(dtype.bitWidth / 8, *)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        return CheckpointTensor(TensorView("x", dtype, shape, bytes: bytes))
    }

    @Test(arguments: [DType.u8, .bf16, .f32, .f64])
    func everyOrderOfAxes(_ dtype: DType) throws {
        let shapes = [
            [7], [1, 5], [3, 4], [33, 47], [2, 3, 5], [17, 1, 19], [4, 3, 2, 5], [16, 3, 3, 18], [2, 1, 3, 2, 2],
        ]
        for shape in shapes {
            let tensor = tensor(dtype, shape)
            for axes in permutations(shape.count) {
                let result = try tensor.permuted(axes)
                #expect(result.info.shape.dimensions == axes.map { shape[$0] })
                #expect(
                    result.bytes == permuted(tensor.bytes, shape, axes, width: dtype.bitWidth / 8), "\(shape) \(axes)")
                let back = axes.indices.map { axis in axes.firstIndex(of: axis)! }
                #expect(try result.permuted(back).bytes == tensor.bytes)
            }
        }
    }

    private func permutations(_ count: Int) -> [[Int]] {
        (0..<count).reduce([[]]) { orders, _ in
            orders.flatMap { order in (0..<count).filter { !order.contains($0) }.map { order + [$0] } }
        }
    }

    @Test func emptyAndScalar() throws {
        #expect(try tensor(.f32, [0, 3]).permuted([1, 0]).bytes == [])
        #expect(try tensor(.f32, [0, 3]).permuted([1, 0]).info.shape == [3, 0])
        #expect(try tensor(.f32, []).permuted([]).bytes == tensor(.f32, []).bytes)
    }

    @Test func elementsThatShareBytesAreLeftAlone() throws {
        let tensor = CheckpointTensor(TensorView("x", .f4, [2, 2], bytes: [1, 2]))
        #expect(try tensor.permuted([0, 1]).bytes == [1, 2])
        #expect(throws: CheckpointError.self) { try tensor.permuted([1, 0]) }
        #expect(throws: CheckpointError.self) { try tensor.sliced(axis: 0, range: 0..<1) }
    }

    @Test func reshapedIsAView() throws {
        let tensor = tensor(.f32, [4, 6])
        #expect(tensor.reshaped([2, 2, 6]).mapped?.info.shape == [2, 2, 6])
        #expect(tensor.reshaped([24]).bytes == tensor.bytes)
        let made = try tensor.permuted([1, 0])
        #expect(made.reshaped([3, 8]).bytes == made.bytes && made.reshaped([3, 8]).info.shape == [3, 8])
    }

    @Test func slices() throws {
        let shape = [4, 3, 5]
        let tensor = tensor(.f16, shape)
        let made = try tensor.permuted([1, 0, 2]).permuted([1, 0, 2])
        for axis in shape.indices {
            for low in 0...shape[axis] {
                for high in low...shape[axis] {
                    let part = try tensor.sliced(axis: axis, range: low..<high)
                    var expected: [UInt8] = []
                    for place in 0..<60 {
                        let index = [place / 15, place / 5 % 3, place % 5][axis]
                        if index >= low, index < high { expected += tensor.bytes[(place * 2)..<(place * 2 + 2)] }
                    }
                    #expect(part.bytes == expected, "axis \(axis), \(low)..<\(high)")
                    #expect(try made.sliced(axis: axis, range: low..<high).bytes == expected)
                    #expect(part.mapped != nil || axis > 0)
                }
            }
        }
    }
}
