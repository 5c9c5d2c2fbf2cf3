/// Text in aligned columns.
struct Table {
    private var header: TableBlock
    private var blocks: [TableBlock] = []
    private let alignments: [TableBlock.Alignment]
    /// Rows that one core makes or lays out before it takes the next ones.
    private static let blockRows = 2048

    /// Begins a table; a column whose title begins with `>` is aligned to the right.
    init(_ titles: String...) {
        alignments = titles.map { $0.hasPrefix(">") ? .right : .left }
        header = TableBlock(columns: titles.count)
        for title in titles { header.add(title.hasPrefix(">") ? String(title.dropFirst()) : title) }
    }

    /// Adds a row, one cell a column.
    mutating func add(_ cells: String...) {
        precondition(cells.count == alignments.count)
        if blocks.isEmpty { blocks.append(TableBlock(columns: alignments.count)) }
        for cell in cells { blocks[blocks.count - 1].add(cell) }
    }

    /// Adds `count` rows; `cells` adds the cells of a range of them to the block it is given, on all cores.
    mutating func add(_ count: Int, cells: @Sendable (Range<Int>, inout TableBlock) -> Void) {
        let columns = alignments.count
        blocks += Cores.map((count + Self.blockRows - 1) / Self.blockRows) { index in
            let start = index * Self.blockRows
            let range = start..<min(start + Self.blockRows, count)
            var block = TableBlock(columns: columns, rows: range.count)
            cells(range, &block)
            return block
        }
    }

    /// Whether it has no rows.
    var isEmpty: Bool { blocks.isEmpty }

    /// Prints the table to standard output.
    func print(indent: Int = 0) {
        let widths = alignments.indices.map { column in
            blocks.reduce(header.widths[column]) { max($0, $1.widths[column]) }
        }
        if header.widths.contains(where: { $0 > 0 }) {
            let line = header.lines(widths, alignments).withBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
            Terminal.out(String(repeating: " ", count: indent) + Terminal.bold(line))
        }
        for lines in Cores.map(blocks.count, { blocks[$0].lines(widths, alignments, indent: indent) }) {
            Terminal.out(lines: lines)
        }
    }
}
