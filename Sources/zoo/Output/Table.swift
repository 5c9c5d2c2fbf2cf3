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
        let widths = header.indices.map { column in
            (rows + [header]).map { Self.width(of: $0[column]) }.max() ?? 0
        }
        let margin = String(repeating: " ", count: indent)
        if header.contains(where: { !$0.isEmpty }) { Terminal.out(margin + Terminal.bold(line(header, widths))) }
        for row in rows { Terminal.out(margin + line(row, widths)) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - Self.width(of: cell))
            text += alignments[column] == .right ? padding + cell : cell + padding
            if column < cells.count - 1 { text += "  " }
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func width(of text: String) -> Int { text.count }
}
