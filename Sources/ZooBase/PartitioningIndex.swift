extension Array {
    /// The index of the first element for which `isInSecondHalf` holds, all those after it holding too; the count when
    /// there is none.
    @inlinable
    public func partitioningIndex(_ isInSecondHalf: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isInSecondHalf(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
