/// Text in aligned columns.
struct Table {
    /// How a column is aligned.
    enum Alignment { case left, right }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Begins a table; a column whose title begins with `>` is aligned to the right.
    init(_ titles: String...) {
        header = titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
        alignments = titles.map { $0.hasPrefix(">") ? .right : .left }
    }

    /// Adds a row, one cell a column.
    mutating func add(_ cells: String...) {
        precondition(cells.count == header.count)
        rows.append(cells)
    }

    /// Whether it has no rows.
    var isEmpty: Bool { rows.isEmpty }

    /// Prints the table to standard output.
    func print(indent: Int = 0) {
        var widths = header.map(Self.width)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], Self.width(of: cell)) }
        }
        let margin = String(repeating: " ", count: indent)
        if header.contains(where: { !$0.isEmpty }) { Terminal.out(margin + Terminal.bold(line(header, widths))) }
        for row in rows { Terminal.out(margin + line(row, widths)) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(widths.reduce(2 * widths.count, +))
        for (column, cell) in cells.enumerated() {
            let padding = repeatElement(UInt8(ascii: " "), count: widths[column] - Self.width(of: cell))
            if alignments[column] == .right { text += padding }
            text += cell.utf8
            if alignments[column] == .left { text += padding }
            if column < cells.count - 1 { text += [UInt8(ascii: " "), UInt8(ascii: " ")] }
        }
        while text.last == UInt8(ascii: " ") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Characters as a terminal shows them; in plain ASCII, which nearly everything is, bytes.
    private static func width(of text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\r") } ? text.utf8.count : text.count
    }
}
