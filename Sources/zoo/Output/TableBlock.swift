/// Some rows of a table: their cells end to end.
struct TableBlock: Sendable {
    /// How a column is aligned.
    enum Alignment { case left, right }

    private var text: [UInt8] = []
    private var cells: [(length: Int, width: Int)] = []
    /// The widest cell of each column.
    private(set) var widths: [Int]

    /// Begins with no rows.
    init(columns: Int) { widths = Array(repeating: 0, count: columns) }

    /// Adds a row, one cell a column.
    mutating func add(_ row: [String]) {
        precondition(row.count == widths.count)
        for column in row.indices {
            var cell = row[column]
            let (length, isPlain) = cell.withUTF8 { bytes in
                text.append(contentsOf: bytes)
                return (bytes.count, bytes.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\r") })
            }
            // Characters as a terminal shows them; in plain ASCII, which nearly everything is, bytes.
            let width = isPlain ? length : cell.count
            cells.append((length, width))
            if width > widths[column] { widths[column] = width }
        }
    }

    /// The rows as lines, each with its end, for columns of these widths.
    func lines(_ widths: [Int], _ alignments: [Alignment], indent: Int = 0) -> [UInt8] {
        let space = UInt8(ascii: " ")
        let columns = widths.count
        let length = indent + widths.reduce(2 * columns, +)
        // A cell has at most as many bytes more than its column's width as it has bytes.
        let capacity = text.count + cells.count / columns * length
        return Array(unsafeUninitializedCapacity: capacity) { lines, end in
            lines.initialize(repeating: space)
            var start = 0
            for row in stride(from: 0, to: cells.count, by: columns) {
                end += indent
                let first = end
                var filled = end
                for column in 0..<columns {
                    let cell = cells[row + column]
                    let padding = widths[column] - cell.width
                    if alignments[column] == .right { end += padding }
                    text.withUnsafeBufferPointer { text in
                        let bytes = UnsafeBufferPointer(rebasing: text[start..<start + cell.length])
                        _ = UnsafeMutableBufferPointer(rebasing: lines[end...]).update(fromContentsOf: bytes)
                    }
                    start += cell.length
                    end += cell.length
                    if cell.length > 0 { filled = end }
                    end += alignments[column] == .left ? padding + 2 : 2
                }
                while filled > first, lines[filled - 1] == space { filled -= 1 }
                lines[filled] = UInt8(ascii: "\n")
                end = filled + 1
            }
        }
    }
}
