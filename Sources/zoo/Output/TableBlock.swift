import ZooBase

/// Some rows of a table: their cells end to end.
struct TableBlock: Sendable {
    /// How a column is aligned.
    enum Alignment { case left, right }

    private var text: [UInt8] = []
    private var cells: [(length: Int32, width: Int32)] = []
    /// Where the next cell begins, and its column.
    private var start = 0
    private var column = 0
    /// The widest cell of each column.
    private(set) var widths: [Int]

    /// Begins with no rows.
    init(columns: Int) { widths = Array(repeating: 0, count: columns) }

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
    mutating func put(_ part: String) {
        var part = part
        part.withUTF8 { text.append(contentsOf: $0) }
    }

    /// Adds a part of a cell, UTF-8.
    mutating func put(_ part: UnsafeRawBufferPointer) { text.append(contentsOf: part) }

    /// Adds a number with `digits` after the point, a part of a cell.
    mutating func put(_ number: Double, digits: Int) { Format.withDecimal(number, digits) { put($0) } }

    /// Ends the cell that was put together from parts.
    mutating func endCell() {
        let width = showCell()
        let length = text.count - start
        cells.append((Int32(length), Int32(width)))
        if width > widths[column] { widths[column] = width }
        column = column + 1 < widths.count ? column + 1 : 0
        start = text.count
    }

    /// Escapes in the current cell what could steer a terminal.
    ///
    /// - Returns: the characters that are shown; in plain ASCII, which nearly everything is, the bytes.
    private mutating func showCell() -> Int {
        let isPlain = text.withUnsafeBufferPointer { bytes in
            var place = start
            while place < bytes.count, bytes[place] &- 0x20 < 0x5F { place += 1 }
            return place == bytes.count
        }
        if isPlain { return text.count - start }
        let cell = String(decoding: text[start...], as: UTF8.self).printable
        text.replaceSubrange(start..., with: cell.utf8)
        return cell.count
    }

    /// The rows as lines, each with its end, for columns of these widths.
    func lines(_ widths: [Int], _ alignments: [Alignment], indent: Int = 0) -> [UInt8] {
        let space = UInt8(ascii: " ")
        let columns = widths.count
        // A cell has at most as many bytes more than its column's width as it has bytes.
        let capacity = text.count + cells.count / columns * widths.reduce(indent + 2 * columns, +)
        return Array(unsafeUninitializedCapacity: capacity) { lines, end in
            func pad(_ count: Int) {
                UnsafeMutableBufferPointer(rebasing: lines[end..<end + count]).initialize(repeating: space)
                end += count
            }
            text.withUnsafeBufferPointer { text in
                var start = 0
                for row in stride(from: 0, to: cells.count, by: columns) {
                    pad(indent)
                    let first = end
                    for column in 0..<columns {
                        let length = Int(cells[row + column].length)
                        let padding = widths[column] - Int(cells[row + column].width)
                        if alignments[column] == .right { pad(padding) }
                        let cell = UnsafeBufferPointer(rebasing: text[start..<start + length])
                        end = lines[end...].initialize(fromContentsOf: cell)
                        start += length
                        if alignments[column] == .left { pad(padding) }
                        pad(2)
                    }
                    while end > first, lines[end - 1] == space { end -= 1 }
                    lines[end] = UInt8(ascii: "\n")
                    end += 1
                }
            }
        }
    }
}
