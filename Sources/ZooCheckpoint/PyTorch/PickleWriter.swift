/// Instructions of a pickle of protocol 2: what `torch.load(weights_only=True)` reads.
struct PickleWriter {
    private(set) var bytes: [UInt8] = [0x80, 2]
    /// What was kept, by the text or global it is.
    private var memo: [String: Int] = [:]

    /// Instructions without arguments, such as `(` for a mark.
    mutating func add(_ instructions: String) { bytes += Array(instructions.utf8) }

    /// A global, written out once.
    mutating func global(_ module: String, _ name: String) {
        remembered("c\(module)\n\(name)\n") { $0.add("c\(module)\n\(name)\n") }
    }

    /// A short text that comes again, written out once.
    mutating func word(_ text: String) { remembered("X" + text) { $0.text(text) } }

    /// A text.
    mutating func text(_ text: String) {
        add("X")
        add(text.utf8.count, width: 4)
        add(text)
    }

    /// An integer that is not negative.
    mutating func integer(_ value: Int) {
        switch value {
        case 0..<256:
            add("K")
            add(value, width: 1)
        case 256..<65536:
            add("M")
            add(value, width: 2)
        case 65536..<(1 << 31):
            add("J")
            add(value, width: 4)
        default:
            bytes += [0x8A, 8]
            add(value, width: 8)
        }
    }

    /// A tuple of integers.
    mutating func integers(_ values: [Int]) {
        add("(")
        for value in values { integer(value) }
        add("t")
    }

    /// False.
    mutating func no() { bytes.append(0x89) }

    private mutating func remembered(_ key: String, _ write: (inout PickleWriter) -> Void) {
        if let place = memo[key] {
            add("h")
            return add(place, width: 1)
        }
        write(&self)
        // There are fewer of them than there are element types and words of the format together.
        add("q")
        add(memo.count, width: 1)
        memo[key] = memo.count
    }

    private mutating func add(_ value: Int, width: Int) {
        for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
}
