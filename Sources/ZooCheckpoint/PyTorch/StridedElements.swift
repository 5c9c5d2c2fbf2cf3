internal import ZooBase

/// Elements of a tensor that do not lie packed: where each is, and how to lay them end to end.
struct StridedElements: Sendable {
    let sizes: [Int]
    /// Elements from one to the next in each dimension; none is negative, and those of dimensions of one are zero, since a
    /// file may say anything there.
    let strides: [Int]
    /// Bytes an element takes: 1, 2, 4, 8 or 16.
    let width: Int
    /// Bytes that are in reverse order, such as halves of a complex number; 1 when none are.
    let swappedWidth: Int

    /// Whether the elements lie packed in C order, whatever the strides of dimensions of one element are.
    static func isPacked(_ sizes: [Int], _ strides: [Int]) -> Bool {
        var expected = 1
        for (size, stride) in zip(sizes, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }

    /// The strides of packed elements in C order, or in Fortran order; of no meaning when there are none.
    static func packed(_ sizes: [Int], isFortran: Bool = false) -> [Int] {
        var strides = [Int](repeating: 1, count: sizes.count)
        var step = 1
        for place in isFortran ? Array(sizes.indices) : sizes.indices.reversed() {
            strides[place] = step
            let (next, overflow) = step.multipliedReportingOverflow(by: max(1, sizes[place]))
            if !overflow { step = next }
        }
        return strides
    }

    /// Lays the elements, of which the first begins `source`, end to end in `target`, little-endian.
    func gather(from source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        guard unsafe !target.isEmpty else { return }
        if Self.isPacked(sizes, strides) {
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<target.count]))
        } else {
            switch width {
            case 1: unsafe gather(UInt8.self, source, target)
            case 2: unsafe gather(UInt16.self, source, target)
            case 4: unsafe gather(UInt32.self, source, target)
            case 8: unsafe gather(UInt64.self, source, target)
            default: preconditionFailure("no element type takes \(width) bytes")
            }
        }
        unsafe swap(target)
    }

    private func gather<Element: BitwiseCopyable>(
        _ element: Element.Type, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) {
        let (runCount, runStride) = (sizes.last ?? 1, (strides.last ?? 1) * width)
        var index = [Int](repeating: 0, count: max(0, sizes.count - 1))
        var (start, end) = (0, 0)
        while end < target.count {
            var place = start
            for _ in 0..<runCount {
                unsafe target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: place, as: element), toByteOffset: end, as: element)
                place += runStride
                end += width
            }
            // The next run: the index counts up, the last of its dimensions fastest.
            for dimension in index.indices.reversed() {
                index[dimension] += 1
                start += strides[dimension] * width
                if index[dimension] < sizes[dimension] { break }
                start -= sizes[dimension] * strides[dimension] * width
                index[dimension] = 0
            }
        }
    }

    private func swap(_ target: UnsafeMutableRawBufferPointer) {
        switch swappedWidth {
        case 2: unsafe swap(UInt16.self, target)
        case 4: unsafe swap(UInt32.self, target)
        case 8: unsafe swap(UInt64.self, target)
        default: break
        }
    }

    private func swap<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type, _ target: UnsafeMutableRawBufferPointer
    ) {
        for place in stride(from: 0, to: target.count, by: MemoryLayout<Word>.size) {
            let value = unsafe target.loadUnaligned(fromByteOffset: place, as: word)
            unsafe target.storeBytes(of: value.byteSwapped, toByteOffset: place, as: word)
        }
    }
}

extension TorchElement {
    /// Bytes that change places between byte orders.
    var swappedWidth: Int { self == .known(.c64) ? 4 : byteWidth }
}
