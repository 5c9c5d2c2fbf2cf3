import Testing
import ZooBase

@testable import ZooCheckpoint

/// What `ElementDifference` says, computed from its definition one element at a time.
struct ReferenceDifference {
    var changed = 0
    var nonFinite = 0
    var largest = 0.0
    var squares = 0.0
    var first = 0.0
    var second = 0.0
    var product = 0.0

    init(_ left: [Double], _ right: [Double]) {
        for (x, y) in zip(left, right) {
            let isSame = x == y || (x.isNaN && y.isNaN)
            if !isSame { changed += 1 }
            guard x.isFinite, y.isFinite else {
                if !isSame { nonFinite += 1 }
                continue
            }
            largest = max(largest, (x - y).magnitude)
            squares += (x - y) * (x - y)
            first += x * x
            second += y * y
            product += x * y
        }
    }
}

@Suite struct CheckpointDiffTests {
    private func checkpoint(
        _ tensors: [CheckpointTensor], metadata: [MetadataEntry] = [], files: [Int]? = nil
    ) -> Checkpoint {
        let files = (files ?? [tensors.count]).map { count in
            Checkpoint.File(name: "f", byteCount: 1, tensorCount: count)
        }
        return Checkpoint(format: "test", metadata: metadata, tensors: tensors, files: files)
    }

    private func values(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
        }
    }

    private func tensor(_ name: String, _ shape: [Int], seed: UInt64, dtype: DType = .f32) throws -> CheckpointTensor {
        let bytes = values(shape.reduce(1, *), seed: seed).withUnsafeBytes { Array($0) }
        return try CheckpointTensor(TensorView(name, .f32, shape, bytes: bytes)).casting(to: dtype)
    }

    @Test func theSame() throws {
        let a = checkpoint([try tensor("a", [3, 4], seed: 1), try tensor("b", [5], seed: 2)])
        let diff = try CheckpointDiff.compare(a, checkpoint(a.tensors.reversed()))
        #expect(diff.isSame && diff.hasSameWeights && !diff.isResharded)
        #expect(diff.json["sameCount"] == 2 && diff.json["tensors"]?.array?.isEmpty == true)
        #expect(diff.groups.allSatisfy { $0.relativeChange == 0 && $0.changedCount == 0 })
    }

    @Test func addedAndRemoved() throws {
        let (a, b, c) = (
            try tensor("a", [3], seed: 1), try tensor("b", [3], seed: 2), try tensor("c", [3], seed: 3)
        )
        let diff = try CheckpointDiff.compare(checkpoint([a, b]), checkpoint([a, c]))
        #expect(diff.entries.map(\.name) == ["a", "b", "c"])
        #expect(diff.entries.map(\.differences) == [[], ["removed"], ["added"]])
        #expect(!diff.isSame)
    }

    @Test func renamed() throws {
        let a = try tensor("a", [3, 4], seed: 1)
        let twin = try tensor("t", [4, 3], seed: 1)
        let diff = try CheckpointDiff.compare(checkpoint([a]), checkpoint([twin, a.renamed("x")]))
        #expect(diff.entries[0].second?.name == "x" && diff.entries[0].differences == ["renamed"])
        #expect(diff.entries[1].differences == ["added"])
        #expect(!diff.hasSameWeights)
        let reshaped = try CheckpointDiff.compare(checkpoint([a]), checkpoint([twin]))
        #expect(reshaped.entries.map(\.differences) == [["renamed", "reshaped"]])
    }

    @Test(arguments: [[1, 0], [2, 3, 1, 0], [3, 2, 0, 1], [0, 2, 1]])
    func transposed(_ axes: [Int]) throws {
        for shape in [[4, 4, 4, 4], [6, 5, 3, 2]] {
            let a = try tensor("a", Array(shape.prefix(axes.count)), seed: 9)
            let turned = try a.permuted(axes)
            let same = try CheckpointDiff.compare(checkpoint([a]), checkpoint([turned]))
            #expect(same.entries.map(\.differences) == [["transposed"]] && same.entries[0].axes == axes)
            let other = try CheckpointDiff.compare(checkpoint([a]), checkpoint([turned.renamed("b")]))
            #expect(other.entries.map(\.differences) == [["renamed", "transposed"]] && other.entries[0].axes == axes)
            let cast = try CheckpointDiff.compare(
                checkpoint([a]), checkpoint([try turned.casting(to: .bf16).renamed("b")]))
            #expect(cast.entries.map(\.differences) == [["renamed", "transposed", "recast"]])
            #expect(cast.entries[0].axes == axes && cast.entries[0].elements?.nonFiniteCount == 0)
        }
    }

    /// As Keras keeps attention: the axes turned, and one divided.
    @Test(arguments: [[6, 2, 2], [6, 4, 1], [2, 3, 4]]) func transposedAndDivided(_ shape: [Int]) throws {
        let a = try tensor("a", [4, 6], seed: 3)
        let turned = try a.permuted([1, 0])
        let bytes = try turned.view().withUnsafeBytes { Array($0) }
        let divided = CheckpointTensor(TensorView("b", .f32, shape, bytes: bytes))
        let diff = try CheckpointDiff.compare(checkpoint([a]), checkpoint([divided]))
        #expect(diff.entries.map(\.differences) == [["renamed", "transposed"]])
        let back = try CheckpointDiff.compare(checkpoint([divided]), checkpoint([a]))
        #expect(back.entries.map(\.differences) == [["renamed", "transposed"]])
    }

    /// What changed and is called otherwise is paired by what a name map says.
    @Test func changedUnderAnotherName() throws {
        let (a, b) = (try tensor("a", [4, 6], seed: 3), try tensor("model/a", [6, 4], seed: 4))
        let other = try tensor("other", [2], seed: 5)
        let diff = try CheckpointDiff.compare(
            checkpoint([a, other]), checkpoint([b]), aligned: ([a, nil], [try b.permuted([1, 0]).renamed("a")]))
        #expect(diff.entries.map(\.differences) == [["renamed", "changed"], ["removed"]])
        #expect(diff.entries[0].elements?.count == 24 && diff.entries[0].isMapped)
        let unaligned = try CheckpointDiff.compare(checkpoint([a]), checkpoint([b]))
        #expect(unaligned.entries.map(\.differences) == [["removed"], ["added"]])
    }

    @Test(arguments: [(DType.f32, DType.f16), (.f32, .bf16), (.f16, .f32), (.bf16, .f64), (.f64, .f32)])
    func recast(_ pair: (from: DType, to: DType)) throws {
        let original = try tensor("a", [7, 5], seed: 4)
        let first = try original.casting(to: pair.from)
        for second in [try first.casting(to: pair.to), try original.casting(to: pair.to)] {
            let diff = try CheckpointDiff.compare(checkpoint([first]), checkpoint([second]))
            #expect(diff.entries.map(\.differences) == [["recast"]], "\(pair)")
            let renamed = try CheckpointDiff.compare(checkpoint([first]), checkpoint([second.renamed("b")]))
            #expect(renamed.entries.map(\.differences) == [["renamed", "recast"]], "\(pair)")
            #expect(diff.entries[0].elements?.nonFiniteCount == 0)
        }
    }

    @Test(arguments: [
        (DType.f32, DType.f32), (.f16, .f16), (.bf16, .bf16), (.f64, .f64), (.f32, .bf16), (.f16, .f64), (.i32, .i32),
        (.f16, .f32), (.bf16, .f16),
    ])
    func numbersAreThoseOfTheReference(_ pair: (DType, DType)) throws {
        for count in [1, 15, 16, 17, 1000, 16_384, 40_003] {
            let wide = { (seed: UInt64) in
                TensorView("a", .f64, values(count, seed: seed).map { Double($0) * (pair.0 == .i32 ? 1000 : 1) })
            }
            let (first, second) = (try wide(1).cast(to: pair.0).view, try wide(2).cast(to: pair.1).view)
            let difference = try #require(ElementDifference(first, second))
            let reference = ReferenceDifference(
                try first.cast(to: .f64).view.elements(Double.self),
                try second.cast(to: .f64).view.elements(Double.self))
            #expect(difference.count == count && difference.changedCount == reference.changed)
            #expect(difference.nonFiniteCount == 0 && difference.largest == reference.largest)
            let relative = (reference.squares / reference.first).squareRoot()
            #expect(abs(difference.relativeL2 - relative) <= 1e-12 * relative)
            let cosine = reference.product / (reference.first * reference.second).squareRoot()
            #expect(abs(difference.cosine - cosine) <= 1e-12)
        }
    }

    @Test(arguments: [DType.f64, .f32, .f16, .bf16])
    func everyValueOfTheDType(_ dtype: DType) throws {
        // Every 16-bit pattern, as it is or widened, against the pattern after it.
        let source: DType = dtype == .bf16 ? .bf16 : .f16
        let patterns = (0...UInt16.max).map { $0 }
        let first = try TensorView("a", source, patterns).cast(to: dtype).view
        let second = try TensorView("a", source, patterns.map { $0 &+ 1 }).cast(to: dtype).view
        let difference = try #require(ElementDifference(first, second))
        let reference = ReferenceDifference(
            try first.cast(to: .f64).view.elements(Double.self), try second.cast(to: .f64).view.elements(Double.self))
        #expect(difference.changedCount == reference.changed && difference.nonFiniteCount == reference.nonFinite)
        #expect(reference.nonFinite > 0 && difference.largest == reference.largest)
        #expect(abs(difference.squares - reference.squares) <= 1e-12 * reference.squares)
        #expect(abs(difference.firstSquares - reference.first) <= 1e-12 * reference.first)
    }

    @Test func wideIntegersAreComparedExactly() throws {
        let one = TensorView("a", .i64, [1 << 60, 5])
        let other = TensorView("a", .i64, [1 << 60 + 1, 5])
        #expect(ElementDifference(one, other)?.changedCount == 1)
        #expect(ElementDifference(one, TensorView("a", .f8e4m3, [0] as [UInt8])) == nil)
    }

    @Test func changedValuesByGroup() throws {
        let name = "bert.encoder.layer.1.output.dense.weight"
        let a = TensorView(name, .f32, [3, 4] as [Float])
        let b = TensorView(name, .f32, [3, 4.5] as [Float])
        let rest = [
            CheckpointTensor(TensorView("bert.encoder.layer.1.x.bias", .f32, [12] as [Float])),
            CheckpointTensor(TensorView("bert.embeddings.LayerNorm.bias", .f32, [1] as [Float])),
        ]
        let diff = try CheckpointDiff.compare(
            checkpoint([CheckpointTensor(a)] + rest), checkpoint([CheckpointTensor(b)] + rest))
        #expect(diff.entries.map(\.differences) == [["changed"], [], []])
        let elements = try #require(diff.entries[0].elements)
        #expect(elements.changedShare == 0.5 && elements.largest == 0.5 && elements.relativeL2 == 0.1)
        #expect(diff.groups.map(\.name) == ["bert.encoder.layer.1", "bert.embeddings"])
        #expect(diff.groups[0].relativeChange == 0.5 / 13 && diff.groups[0].changedCount == 1)
        #expect(diff.groups[1].relativeChange == 0 && diff.json["tensors"]?[0]?["elements"]?["largest"] == .number(0.5))
    }

    @Test func sameNameAndNothingElse() throws {
        let diff = try CheckpointDiff.compare(
            checkpoint([try tensor("head", [2, 3], seed: 1)]), checkpoint([try tensor("head", [5, 3], seed: 1)]))
        #expect(diff.entries.map(\.differences) == [["reshaped", "changed"]] && diff.entries[0].elements == nil)
        #expect(diff.groups[0].relativeChange.isNaN)
    }

    @Test func metadataAndShards() throws {
        let tensors = [try tensor("a", [2], seed: 1), try tensor("b", [2], seed: 2)]
        let diff = try CheckpointDiff.compare(
            checkpoint(tensors, metadata: [MetadataEntry("k", "1"), MetadataEntry("same", "x")]),
            checkpoint(tensors, metadata: [MetadataEntry("same", "x"), MetadataEntry("n", "2")], files: [1, 1]))
        #expect(diff.isResharded && diff.hasSameWeights && !diff.isSame)
        #expect(diff.metadata.map(\.name) == ["k", "n"])
        #expect(diff.metadata[0].first == "1" && diff.metadata[0].second == nil && diff.metadata[1].second == "2")
    }

    @Test(arguments: [
        ("bert.encoder.layer.11.output.dense.bias", "bert.encoder.layer.11"), ("layer1.0.conv1.weight", "layer1"),
        ("bert.embeddings.LayerNorm.weight", "bert.embeddings"), ("pooler.dense.weight", "pooler"),
        ("fc.weight", "fc"), ("x", "x"), ("transformer_layer_3/query/kernel", "transformer_layer_3"),
    ])
    func groupNames(_ name: String, _ group: String) { #expect(CheckpointDiff.groupName(name) == group) }
}
