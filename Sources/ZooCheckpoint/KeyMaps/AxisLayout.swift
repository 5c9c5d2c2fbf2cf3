internal import ZooBase

/// How the axes of a tensor are arranged in two dialects, as in `(heads d) i -> i heads d`: the names of the axes in the
/// order of the first, an arrow, the same names in the order of the second; a parenthesis is one axis made of several.
struct AxisLayout: Sendable, Hashable {
    /// The axes of one side: each a list of the names it is made of, outermost first.
    typealias Side = [[String]]

    let source: Side
    let target: Side

    /// The layout with source and target exchanged.
    var inverse: AxisLayout { AxisLayout(source: target, target: source) }

    private init(source: Side, target: Side) {
        self.source = source
        self.target = target
    }

    /// Reads the text form; nil when it is not of that form, or when the sides do not name the same axes once each.
    init?(_ text: String) {
        let words = Self.words(text)
        guard words.split(separator: "->", omittingEmptySubsequences: false).count == 2,
            let arrow = words.firstIndex(of: "->"),
            let source = Self.side(words[..<arrow]), let target = Self.side(words[(arrow + 1)...])
        else { return nil }
        let names = source.flatMap { $0 }
        guard !names.isEmpty, Set(names).count == names.count, names.sorted() == target.flatMap({ $0 }).sorted()
        else { return nil }
        self.init(source: source, target: target)
    }

    private static func words(_ text: String) -> [String] {
        text.flatMap { $0 == "(" || $0 == ")" ? [" ", $0, " "] : [$0] }.split(separator: " ").map { String($0) }
    }

    private static func side(_ words: ArraySlice<String>) -> Side? {
        var side: Side = []
        var group: [String]?
        for word in words {
            switch word {
            case "(":
                guard group == nil else { return nil }
                group = []
            case ")":
                guard let axes = group, axes.count > 1 else { return nil }
                side.append(axes)
                group = nil
            default:
                guard word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else { return nil }
                if group == nil { side.append([word]) } else { group?.append(word) }
            }
        }
        return group == nil ? side : nil
    }

    /// Why a tensor cannot be laid out.
    enum Problem: Error, Equatable {
        /// It has another number of axes.
        case rank(expected: Int)
        /// The size of an axis that is part of one cannot be told.
        case unknownSize(axis: String)
        /// An axis is not a multiple of the sizes of its parts.
        case indivisible(axis: String)
    }

    /// The size of every named axis of a tensor of `shape`; `known` gives those that its shape does not tell.
    func sizes(_ shape: Shape, known: [String: Int]) throws(Problem) -> [String: Int] {
        guard shape.rank == source.count else { throw .rank(expected: source.count) }
        var sizes: [String: Int] = [:]
        for (names, size) in zip(source, shape.dimensions) {
            guard names.count > 1 else {
                sizes[names[0]] = size
                continue
            }
            let open = names.filter { known[$0] == nil }
            guard open.count <= 1 else { throw .unknownSize(axis: open[0]) }
            for name in names { sizes[name] = known[name] }
            let product = names.compactMap { known[$0] }.reduce(1, *)
            guard product > 0, size % product == 0 else { throw .indivisible(axis: names.joined(separator: " ")) }
            if let name = open.first {
                sizes[name] = size / product
            } else if product != size {
                throw .indivisible(axis: names.joined(separator: " "))
            }
        }
        return sizes
    }

    /// Whether an axis of the source is made of `part` and others.
    func divides(_ part: String) -> Bool { source.contains { $0.count > 1 && $0.contains(part) } }

    /// The shape of the target side.
    func targetShape(_ sizes: [String: Int]) -> Shape {
        Shape(target.map { $0.reduce(1) { $0 * (sizes[$1] ?? 1) } })
    }

    /// `tensor`, laid out as the source side says, laid out as the target side says; `sizes` are those of its shape.
    func applied(to tensor: CheckpointTensor, sizes: [String: Int]) throws(CheckpointError) -> CheckpointTensor {
        let from = source.flatMap { $0 }
        let parts = tensor.reshaped(Shape(from.map { sizes[$0] ?? 1 }))
        let order = target.flatMap { $0 }.compactMap { from.firstIndex(of: $0) }
        return try parts.permuted(order).reshaped(targetShape(sizes))
    }

    /// The text form.
    var text: String { "\(Self.text(source)) -> \(Self.text(target))" }

    private static func text(_ side: Side) -> String {
        side.map { $0.count == 1 ? $0[0] : "(\($0.joined(separator: " ")))" }.joined(separator: " ")
    }
}
