import ZooBase

/// Some rows of a table: their cells end to end.
///
/// A long listing has hundreds of thousands of cells, so each is bytes copied once and a length.
struct TableBlock: Sendable {
    /// How a column is aligned.
    enum Alignment { case left, right }

    private var text: ByteText
    /// The cells' lengths in bytes and the columns they take on a terminal.
    private var cells: [(length: Int32, width: Int32)] = []
    /// Where the current row and the current cell begin.
    private var rowStart = 0
    private var cellStart = 0
    /// The current column.
    private var column = 0
    /// The widest cell of each column.
    private(set) var widths: [Int]

    /// Begins with no rows and room for `rows`.
    init(columns: Int, rows: Int = 1) {
        widths = Array(repeating: 0, count: columns)
        text = ByteText(reserving: rows * columns * Self.usualCell)
        cells.reserveCapacity(rows * columns)
    }

    /// Bytes that most cells have at most.
    private static let usualCell = 16

    /// Adds a cell; rows follow one another.
    mutating func add(_ cell: String) {
        put(cell)
        endCell()
    }

    /// Adds a cell of UTF-8, or `substitute` where there is none.
    mutating func add(_ cell: UnsafeRawBufferPointer?, or substitute: String) {
        if let cell { put(cell) } else { put(substitute) }
        endCell()
    }

    /// Adds a part of a cell.
    mutating func put(_ part: String) { text.put(part) }

    /// Adds a part of a cell, UTF-8.
    mutating func put(_ part: UnsafeRawBufferPointer) { text.put(part) }

    /// Adds a number, a part of a cell.
    mutating func put(_ number: Int) { text.put(number) }

    /// Adds a number with `digits` after the point, a part of a cell.
    mutating func put(_ number: Double, digits: Int) { text.put(number, digits: digits) }

    /// Ends the cell that was put together from parts.
    mutating func endCell() {
        let length = Int32(text.count - cellStart)
        cells.append((length, length))
        cellStart = text.count
        column += 1
        if column == widths.count { endRow() }
    }

    /// Escapes in the current row what could steer a terminal, and widens the columns.
    private mutating func endRow() {
        let first = cells.count - widths.count
        if !text.isPlain(from: rowStart) {
            let row = text.take(from: rowStart)
            var start = 0
            for index in first..<cells.count {
                let length = Int(cells[index].length)
                let cell = String(decoding: row[start..<start + length], as: UTF8.self).printable
                text.put(cell)
                cells[index] = (Int32(cell.utf8.count), Int32(cell.count))
                start += length
            }
        }
        for column in widths.indices { widths[column] = max(widths[column], Int(cells[first + column].width)) }
        (rowStart, cellStart, column) = (text.count, text.count, 0)
    }

    /// The rows as lines, each with its end, for columns of these widths.
    func lines(_ widths: [Int], _ alignments: [Alignment], indent: Int = 0) -> ByteText {
        let columns = widths.count
        // A cell has at most as many bytes more than its column's width as it has bytes.
        var lines = ByteText(
            reserving: text.count + cells.count / columns * widths.reduce(indent + 2 * columns, +))
        text.withBytes { text in
            var place = 0
            for row in stride(from: 0, to: cells.count, by: columns) {
                lines.putSpaces(indent)
                let first = lines.count
                for column in 0..<columns {
                    let (length, width) = cells[row + column]
                    let padding = widths[column] - Int(width)
                    if alignments[column] == .right { lines.putSpaces(padding) }
                    lines.put(UnsafeRawBufferPointer(rebasing: text[place..<place + Int(length)]))
                    lines.putSpaces(alignments[column] == .left ? padding + 2 : 2)
                    place += Int(length)
                }
                lines.trim(to: first)
                lines.put("\n")
            }
        }
        return lines
    }
}
