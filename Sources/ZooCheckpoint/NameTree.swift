public import ZooBase

/// Tensors nested by the parts of their names, which dots or slashes divide; layers that are alike are folded into one.
public struct NameTree: Sendable, Hashable {
    /// A part of the model, or a tensor.
    public struct Node: Sendable, Hashable {
        /// The part of the name; `layer_{0…5}` for six parts that are alike.
        public let name: String
        /// The tensor; nil for a part with others inside.
        public let tensor: TensorInfo?
        /// What is inside, in natural order; of parts that are alike what is in the first.
        public let children: [Node]
        /// How many parts that are alike it stands for.
        public let copies: Int
        /// Number of tensors in all of them.
        public let tensorCount: Int
        /// Number of elements in all of them.
        public let parameterCount: Int
        /// Number of bytes in all of them.
        public let byteCount: Int
        /// What makes two parts alike: what is inside, without the name.
        fileprivate let content: Int
    }

    /// The outermost parts, in natural order.
    public let roots: [Node]

    /// Names are divided into no more parts than this; the last one holds the rest.
    private static let deepest = 32

    /// Nests `tensors`.
    public init(_ tensors: [TensorInfo]) {
        let separator: Character = tensors.contains { $0.name.contains("/") } ? "/" : "."
        roots = Self.nodes(
            tensors.map { info in
                let parts = info.name.split(
                    separator: separator, maxSplits: Self.deepest - 1, omittingEmptySubsequences: false)
                return (parts.map { ExactString(String($0)) }, info)
            }[...], depth: 0)
    }

    private static func nodes(_ tensors: ArraySlice<(parts: [ExactString], info: TensorInfo)>, depth: Int) -> [Node] {
        let byName = Dictionary(grouping: tensors.indices) { tensors[$0].parts[depth] }
        var nodes: [Node] = []
        for name in byName.keys.sorted(by: precedes) {
            let members = (byName[name] ?? []).map { tensors[$0] }
            // One name can be that of a tensor and the beginning of others.
            for leaf in members where leaf.parts.count == depth + 1 { nodes.append(node(name, leaf.info)) }
            let inner = members.filter { $0.parts.count > depth + 1 }
            if !inner.isEmpty { nodes.append(node(name, Self.nodes(inner[...], depth: depth + 1))) }
        }
        return folded(nodes)
    }

    private static func node(_ name: ExactString, _ info: TensorInfo) -> Node {
        var hasher = Hasher()
        hasher.combine(info.dtype)
        hasher.combine(info.shape)
        return Node(
            name: name.text, tensor: info, children: [], copies: 1, tensorCount: 1,
            parameterCount: info.shape.elementCount, byteCount: info.byteCount, content: hasher.finalize())
    }

    private static func node(_ name: ExactString, _ children: [Node]) -> Node {
        var hasher = Hasher()
        for child in children {
            hasher.combine(ExactString(child.name))
            hasher.combine(child.content)
        }
        return Node(
            name: name.text, tensor: nil, children: children, copies: 1,
            tensorCount: children.reduce(0) { $0 + $1.tensorCount },
            parameterCount: children.reduce(0) { $0 + $1.parameterCount },
            byteCount: children.reduce(0) { $0 + $1.byteCount }, content: hasher.finalize())
    }

    /// Runs of parts that are alike and whose names differ by a number that goes up by one, as one each.
    private static func folded(_ nodes: [Node]) -> [Node] {
        var result: [Node] = []
        var run: [Node] = []
        for node in nodes {
            if let last = run.last, node.tensor == nil, last.content == node.content,
                NumberedName(last.name)?.next == NumberedName(node.name), NumberedName(node.name) != nil
            {
                run.append(node)
            } else {
                result += merged(run)
                run = [node]
            }
        }
        return result + merged(run)
    }

    private static func merged(_ run: [Node]) -> [Node] {
        guard run.count > 1, let first = NumberedName(run[0].name), let last = NumberedName(run[run.count - 1].name)
        else { return run }
        return [
            Node(
                name: "\(first.head){\(first.number)…\(last.number)}\(first.tail)", tensor: nil,
                children: run[0].children, copies: run.count, tensorCount: run[0].tensorCount * run.count,
                parameterCount: run[0].parameterCount * run.count, byteCount: run[0].byteCount * run.count,
                content: run[0].content)
        ]
    }

    /// Natural order: by the text before the number, the number, then the rest.
    private static func precedes(_ left: ExactString, _ right: ExactString) -> Bool {
        let (one, other) = (NumberedName(left.text), NumberedName(right.text))
        let heads = (ExactString(one?.head ?? left.text), ExactString(other?.head ?? right.text))
        guard heads.0 == heads.1 else { return heads.0 < heads.1 }
        let numbers = (one?.number ?? -1, other?.number ?? -1)
        return numbers.0 == numbers.1 ? left < right : numbers.0 < numbers.1
    }
}

/// A name with a number in it: the last one.
private struct NumberedName: Hashable {
    let head: String
    let number: Int
    let tail: String

    /// Nil when there is no number, or one that is not written as numbers are.
    init?(_ name: String) {
        let bytes = Array(name.utf8)
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let last = bytes.lastIndex(where: isDigit) else { return nil }
        let start = bytes[...last].lastIndex { !isDigit($0) }.map { $0 + 1 } ?? 0
        let digits = String(decoding: bytes[start...last], as: UTF8.self)
        guard digits.utf8.count < 10, let number = Int(digits), String(number) == digits else { return nil }
        self.init(
            head: String(decoding: bytes[..<start], as: UTF8.self), number: number,
            tail: String(decoding: bytes[(last + 1)...], as: UTF8.self))
    }

    private init(head: String, number: Int, tail: String) {
        self.head = head
        self.number = number
        self.tail = tail
    }

    var next: NumberedName { NumberedName(head: head, number: number + 1, tail: tail) }
}

extension NameTree: JSONRepresentable {
    /// The parts, names in camel case; `copies` only where there is more than one.
    public var json: JSON { .array(roots.map(\.json)) }
}

extension NameTree.Node: JSONRepresentable {
    /// The part and what is inside.
    public var json: JSON {
        .object([
            "name": .string(name), "copies": copies > 1 ? .integer(copies) : nil,
            "tensorCount": .integer(tensorCount), "parameterCount": .integer(parameterCount),
            "byteCount": .integer(byteCount),
            "dtype": tensor.map { .string($0.dtype.rawValue) },
            "shape": tensor.map { .array($0.shape.dimensions.map(JSON.integer)) },
            "children": children.isEmpty ? nil : .array(children.map(\.json)),
        ])
    }
}
