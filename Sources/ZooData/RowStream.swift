/// Rows one after the other, at steady memory however many there are.
public protocol RowStream {
    /// The next row; nil at the end.
    ///
    /// - Throws: `DataError` for what makes the rest useless; rows that can be dropped are counted instead.
    mutating func next() throws(DataError) -> DataRow?
    /// Where the rows went so far.
    var accounting: RowAccounting { get }
}
