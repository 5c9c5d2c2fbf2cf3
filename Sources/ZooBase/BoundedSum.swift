extension Sequence<Int> {
    /// Their sum, the largest number when it is larger: sizes from outside may be anything.
    public var boundedSum: Int {
        reduce(0) { sum, size in
            let (next, overflow) = sum.addingReportingOverflow(size)
            return overflow ? .max : next
        }
    }
}
