/// Some rows of a table: their cells end to end.
struct TableBlock: Sendable {
    /// How a column is aligned.
    enum Alignment { case left, right }

    private var text: [UInt8] = []
    private var cells: [(end: Int, width: Int)] = []
    /// The widest cell of each column.
    private(set) var widths: [Int]

    /// Begins with no rows.
    init(columns: Int) { widths = Array(repeating: 0, count: columns) }

    /// Adds a row, one cell a column.
    mutating func add(_ row: [String]) {
        precondition(row.count == widths.count)
        for (column, cell) in row.enumerated() {
            text += cell.utf8
            let width = Self.width(of: cell)
            cells.append((text.count, width))
            if width > widths[column] { widths[column] = width }
        }
    }

    /// The rows as lines, each with its end, for columns of these widths.
    func lines(_ widths: [Int], _ alignments: [Alignment], indent: Int = 0) -> [UInt8] {
        let lineLength = widths.reduce(indent + 2 * widths.count, +)
        var lines: [UInt8] = []
        lines.reserveCapacity(text.count + cells.count / widths.count * lineLength)
        var start = 0
        var lineStart = 0
        var column = 0
        for cell in cells {
            if column == 0 {
                lines.append(spaces: indent)
                lineStart = lines.count
            }
            let padding = widths[column] - cell.width
            if alignments[column] == .right { lines.append(spaces: padding) }
            lines += text[start..<cell.end]
            if alignments[column] == .left { lines.append(spaces: padding) }
            start = cell.end
            column += 1
            if column < widths.count {
                lines.append(spaces: 2)
            } else {
                while lines.count > lineStart, lines[lines.count - 1] == UInt8(ascii: " ") { lines.removeLast() }
                lines.append(UInt8(ascii: "\n"))
                column = 0
            }
        }
        return lines
    }

    /// Characters as a terminal shows them; in plain ASCII, which nearly everything is, bytes.
    private static func width(of text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\r") } ? text.utf8.count : text.count
    }
}

extension [UInt8] {
    fileprivate mutating func append(spaces count: Int) { append(contentsOf: repeatElement(0x20, count: count)) }
}
