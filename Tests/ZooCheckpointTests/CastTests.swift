import Testing
import ZooBase
import ZooCheckpoint

/// What the 16-bit formats mean, written from their definition: sign, exponent, fraction, one value at a time.
struct SixteenBits {
    let dtype: DType
    let fractionBits: Int
    static let all = [SixteenBits(dtype: .f16, fractionBits: 10), SixteenBits(dtype: .bf16, fractionBits: 7)]

    var bias: Int { (1 << (14 - fractionBits)) - 1 }

    func value(_ bits: UInt16) -> Double {
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        let exponent = Int(bits & 0x7FFF) >> fractionBits
        let fraction = Double(Int(bits) & ((1 << fractionBits) - 1)) / Double(1 << fractionBits)
        if exponent == 2 * bias + 1 { return fraction == 0 ? sign * .infinity : .nan }
        if exponent == 0 { return sign * Double(sign: .plus, exponent: 1 - bias, significand: fraction) }
        return sign * Double(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
    }

    /// The bits of the nearest value, ties to even, found among all of them.
    static func nearest(_ value: Double, in ascending: [Double], infinityStep: Double) -> UInt16 {
        let magnitude = value.magnitude
        var low = 0
        var high = ascending.count
        while low < high {
            let middle = (low + high) / 2
            if ascending[middle] < magnitude { low = middle + 1 } else { high = middle }
        }
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        guard low < ascending.count else {
            let half = ascending[ascending.count - 1] + infinityStep / 2
            return sign | UInt16(magnitude < half ? ascending.count - 1 : ascending.count)
        }
        guard low > 0, ascending[low] != magnitude else { return sign | UInt16(low) }
        let (below, above) = (magnitude - ascending[low - 1], ascending[low] - magnitude)
        let picked = below < above ? low - 1 : below > above ? low : low % 2 == 0 ? low : low - 1
        return sign | UInt16(picked)
    }

    var finite: [Double] {
        var values: [Double] = []
        for bits in UInt16(0)..<0x7FFF {
            guard value(bits).isFinite else { break }
            values.append(value(bits))
        }
        return values
    }
}

@Suite struct CastTests {
    /// Values from the tables of the formats' definitions.
    @Test(arguments: [
        (DType.f8e4m3, [UInt8(0x38), 0x7E, 0x01, 0x08, 0xC0, 0x00], [Float(1), 448, 0x1p-9, 0x1p-6, -2, 0]),
        (.f8e5m2, [0x3C, 0x7B, 0x01, 0x7C, 0xC0], [1, 57344, 0x1p-16, .infinity, -2]),
        (.f8e4m3fnuz, [0x40, 0x7F, 0x01, 0xC8], [1, 240, 0x1p-10, -2]),
        (.f8e5m2fnuz, [0x40, 0x7F, 0x01, 0xC4], [1, 57344, 0x1p-17, -2]),
    ])
    func eightBitsAreWidenedExactly(_ dtype: DType, _ bytes: [UInt8], _ values: [Float]) throws {
        let state = try StateDict([TensorView("x", dtype, [bytes.count], bytes: bytes)])
        let ledger = CastLedger()
        let wide = try state.castingFloats(to: .f32, ledger: ledger)
        #expect(wide.tensors[0].info.dtype == .f32 && wide.tensors[0].elements(Float.self) == values)
        #expect(ledger.losses.isEmpty)
        let half = try state.castingFloats(to: .f16, ledger: ledger).tensors[0].elements(Float16.self)
        #expect(half == values.map { Float16($0) })
    }

    @Test func eightBitsThatAreNoNumber() throws {
        for (dtype, byte) in [(DType.f8e4m3, UInt8(0x7F)), (.f8e5m2, 0x7E), (.f8e4m3fnuz, 0x80), (.f8e5m2fnuz, 0x80)] {
            let state = try StateDict([TensorView("x", dtype, [1], bytes: [byte])]).castingFloats(to: .f32)
            #expect(state.tensors[0].elements(Float.self)[0].isNaN, "\(dtype)")
        }
    }

    /// Many elements at a time take another way than one does: the same bits and the same report.
    @Test(arguments: [(DType.f32, DType.f16), (.f32, .bf16), (.f16, .f32), (.bf16, .f32)])
    func manyAtATimeAreOneByOne(_ pair: (from: DType, to: DType)) throws {
        let step = pair.from == .f32 ? 65_521 : 1
        let patterns = stride(from: UInt64(0), to: pair.from == .f32 ? 1 << 32 : 1 << 16, by: step)
        let bytes = patterns.flatMap { pattern in
            (0..<pair.from.bitWidth / 8).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) }
        }
        let width = pair.from.bitWidth / 8
        let whole = try TensorView("x", pair.from, [bytes.count / width], bytes: bytes).cast(to: pair.to)
        var (single, overflow, underflow, inexact, largest) = ([UInt8](), 0, 0, 0, 0.0)
        for place in stride(from: 0, to: bytes.count, by: width) {
            let one = try TensorView("x", pair.from, [1], bytes: Array(bytes[place..<place + width])).cast(to: pair.to)
            single += one.view.withUnsafeBytes { Array($0) }
            overflow += one.report.overflowCount
            underflow += one.report.underflowCount
            inexact += one.report.inexactCount
            largest = max(largest, one.report.largestError)
        }
        #expect(whole.view.withUnsafeBytes { Array($0) } == single)
        #expect(whole.report.overflowCount == overflow && whole.report.underflowCount == underflow)
        #expect(whole.report.inexactCount == inexact && whole.report.largestError == largest)
        #expect(pair.from != .f32 || (overflow > 0 && underflow > 0 && inexact > 0))
    }

    @Test(arguments: SixteenBits.all) func everySixteenBitPatternWidens(_ format: SixteenBits) throws {
        let all = (0...UInt16.max).map { $0 }
        let view = TensorView("x", format.dtype, all)
        let doubles = try view.cast(to: .f64)
        let floats = try view.cast(to: .f32)
        #expect(doubles.report.isExact && floats.report.isExact)
        let wide = doubles.view.elements(Double.self)
        let single = floats.view.elements(Float.self)
        var wrong = 0
        for bits in all {
            let expected = format.value(bits)
            let same = expected.isNaN ? wide[Int(bits)].isNaN : wide[Int(bits)].bitPattern == expected.bitPattern
            let alike = expected.isNaN ? single[Int(bits)].isNaN : Double(single[Int(bits)]) == expected
            if !same || !alike { wrong += 1 }
        }
        #expect(wrong == 0)
        let back = try floats.view.cast(to: format.dtype).view.elements(UInt16.self)
        #expect(zip(all, back).allSatisfy { format.value($0).isNaN ? format.value($1).isNaN : $0 == $1 })
    }

    /// Every value, every midpoint between neighbours, and the nearest doubles and floats on both sides of each.
    @Test(arguments: SixteenBits.all) func narrowsToNearestEven(_ format: SixteenBits) throws {
        let finite = format.finite
        let step = finite[finite.count - 1] - finite[finite.count - 2]
        var inputs: [Double] = [.infinity, 1e300, .leastNonzeroMagnitude, 0]
        for (low, high) in zip(finite, finite.dropFirst() + [finite[finite.count - 1] + step]) {
            let middle = low + (high - low) / 2
            inputs += [low, middle, middle.nextUp, middle.nextDown, low.nextUp, high.nextDown]
        }
        inputs += inputs.map { -$0 }
        let result = try TensorView("x", .f64, inputs).cast(to: format.dtype)
        let narrow = result.view.elements(UInt16.self)
        var wrong = 0
        var (overflow, underflow, inexact, largest) = (0, 0, 0, 0.0)
        for (input, bits) in zip(inputs, narrow) {
            let expected = SixteenBits.nearest(input, in: finite, infinityStep: step)
            if bits != expected { wrong += 1 }
            let value = format.value(expected)
            if value != input { inexact += 1 }
            if value.isInfinite, input.isFinite { overflow += 1 }
            if value == 0, input != 0 { underflow += 1 }
            if value.isFinite { largest = max(largest, (value - input).magnitude) }
        }
        #expect(wrong == 0)
        #expect(result.report.overflowCount == overflow && result.report.underflowCount == underflow)
        #expect(result.report.inexactCount == inexact && result.report.largestError == largest)
        let floats = inputs.map { Float($0) }
        let fromFloats = try TensorView("x", .f32, floats).cast(to: format.dtype).view.elements(UInt16.self)
        #expect(
            zip(floats, fromFloats).allSatisfy {
                $1 == SixteenBits.nearest(Double($0), in: finite, infinityStep: step)
            })
    }

    @Test func integersToFloatsRoundOnce() throws {
        // Rounding to double first would give 2^53 + 2^30 for a float between neighbours.
        let values: [Int] = [
            0, 1, -1, .max, .min, (1 << 53) + 1, (1 << 60) + (1 << 36) + 1, -((1 << 60) + (1 << 36) + 1),
            (1 << 60) + (3 << 36), (1 << 60) + (3 << 36) - 1,
        ]
        let view = TensorView("x", .i64, values)
        #expect(try view.cast(to: .f32).view.elements(Float.self) == values.map { Float($0) })
        #expect(try view.cast(to: .f64).view.elements(Double.self) == values.map { Double($0) })
        #expect(try view.cast(to: .f16).view.elements(Float16.self) == values.map { Float16($0) })
        #expect(try view.cast(to: .f64).report.largestError == 1)
        let unsigned: [UInt] = [0, .max, 1 << 63, (1 << 63) + (1 << 39), (1 << 63) + (1 << 39) + 1]
        #expect(
            try TensorView("x", .u64, unsigned).cast(to: .f32).view.elements(Float.self) == unsigned.map { Float($0) })
    }

    @Test func floatsToIntegersClamp() throws {
        let values: [Double] = [0, -0.5, 1.9, -1.9, 127.9, 128, -128.9, -129, .nan, .infinity, -.infinity]
        let result = try TensorView("x", .f64, values).cast(to: .i8)
        #expect(result.view.elements(Int8.self) == [0, 0, 1, -1, 127, 127, -128, -128, 0, 127, -128])
        #expect(result.report.overflowCount == 5 && result.report.underflowCount == 1)
        let limits: [Double] = [0x1p63, -0x1p63, 0x1p64, (0x1p63).nextDown]
        #expect(
            try TensorView("x", .f64, limits).cast(to: .i64).view.elements(Int.self)
                == [.max, .min, .max, Int((0x1p63).nextDown)])
        #expect(
            try TensorView("x", .f64, limits).cast(to: .u64).view.elements(UInt.self)
                == [1 << 63, 0, .max, UInt((0x1p63).nextDown)])
    }

    @Test func integersToIntegersClamp() throws {
        let values: [Int] = [0, 5, -5, 255, 256, .max, .min, Int(Int32.max), Int(Int32.min) - 1]
        let view = TensorView("x", .i64, values)
        #expect(try view.cast(to: .u8).view.elements(UInt8.self) == values.map { UInt8(clamping: $0) })
        #expect(try view.cast(to: .i32).view.elements(Int32.self) == values.map { Int32(clamping: $0) })
        #expect(try view.cast(to: .u64).view.elements(UInt.self) == values.map { UInt(clamping: $0) })
        #expect(try view.cast(to: .i32).report.overflowCount == 3)
        let narrow: [Int16] = [-300, 300, 7]
        #expect(
            try TensorView("x", .i16, narrow).cast(to: .i8).view.elements(Int8.self)
                == narrow.map { Int8(clamping: $0) })
    }

    @Test func truthValues() throws {
        let values: [Float] = [0, -0.0, 1e-30, .nan, 2]
        #expect(try TensorView("x", .f32, values).cast(to: .bool).view.bytes == [0, 0, 1, 1, 1])
        #expect(
            try TensorView("x", .bool, [0, 1, 2] as [UInt8]).cast(to: .f32).view.elements(Float.self) == [0, 1, 1])
        #expect(try TensorView("x", .i64, [0, -9]).cast(to: .bool).view.bytes == [0, 1])
    }

    @Test func everyPairOfDTypesKeepsSmallIntegers() throws {
        let source = TensorView("x", .u8, [0, 1, 1, 0] as [UInt8])
        for from in DType.allCases where Cast.supports(from) {
            for to in DType.allCases where Cast.supports(to) {
                let there = try source.cast(to: from).view.cast(to: to)
                #expect(there.report.isExact, "\(from) to \(to)")
                #expect(try there.view.cast(to: .u8).view.bytes == source.bytes, "\(from) to \(to)")
            }
        }
    }

    @Test func otherDTypesAreRefused() {
        #expect(throws: CheckpointError.cannotCast(tensor: "x", from: .f8e4m3, to: .f32)) {
            try TensorView("x", .f8e4m3, [0] as [UInt8]).cast(to: .f32)
        }
    }

    @Test func emptyTensor() throws {
        #expect(try TensorView("x", .f32, [] as [Float]).cast(to: .f16).view.bytes == [])
    }
}
