internal import ZooBase

/// Runs a pickle as data: a stack, a memo and an arena of values.
///
/// It calls nothing; what `REDUCE` asks for is made by `TorchObjects` when it is on the list of what carries no code, and
/// noted as refused otherwise.
struct PickleMachine {
    /// The most values a pickle may make, and the most that may wait on its stack.
    static let maximumValues = 1 << 20

    /// What it made; the first few are the constants.
    private(set) var arena: [PickleValue]
    /// Globals that are not on the list, in the order in which they were asked for, each once.
    private(set) var refused: [String] = []
    /// Where the next instruction is.
    private(set) var position: Int
    let place: String
    let file: String

    let bytes: [UInt8]
    var stack: [PickleReference] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleReference] = [:]

    /// References of the constants: None, False, True, and the integers from 0 to 255.
    static let none: PickleReference = 0
    private static let firstInteger: PickleReference = 3

    /// Ready to run what begins at `position` of `bytes`; `place` is what errors call it.
    init(_ bytes: [UInt8], at position: Int = 0, place: String, file: String) {
        self.bytes = bytes
        self.position = position
        self.place = place
        self.file = file
        arena = [.none, .bool(false), .bool(true)] + (0...255).map { .integer($0) }
    }

    subscript(_ reference: PickleReference) -> PickleValue { arena[Int(reference)] }

    /// Runs up to and with the STOP instruction.
    ///
    /// - Returns: what the pickle stands for.
    /// - Throws: `CheckpointError`; globals that are not on the list are only noted in `refused`.
    mutating func run() throws(CheckpointError) -> PickleReference {
        while true {
            let start = position
            let code = try byte()
            if code == UInt8(ascii: ".") {
                let result = try pop(start)
                return result
            }
            try step(code, start)
            guard stack.count <= Self.maximumValues, arena.count <= Self.maximumValues,
                marks.count <= Self.maximumValues
            else { throw fault(.pickleTooLarge(place, "\(Self.maximumValues) values")) }
        }
    }

    private mutating func step(_ code: UInt8, _ start: Int) throws(CheckpointError) {
        switch code {
        case 0x80:
            let version = Int(try byte())
            guard version <= 5 else { throw fault(.pickleProtocol(place, version)) }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop(start)
        case UInt8(ascii: "1"): _ = try popToMark(start)
        case UInt8(ascii: "2"):
            guard let top = stack.last else { throw fault(.pickleStack(place, at: start)) }
            stack.append(top)
        case UInt8(ascii: "N"): stack.append(Self.none)
        case 0x88: stack.append(2)
        case 0x89: stack.append(1)
        case UInt8(ascii: "K"): push(integer: try integer(1))
        case UInt8(ascii: "M"): push(integer: try integer(2))
        case UInt8(ascii: "J"): push(integer: Int(Int32(truncatingIfNeeded: try integer(4))))
        case UInt8(ascii: "I"): try pushLine(start)
        case UInt8(ascii: "L"): try pushLong(try line(), start)
        case 0x8A: try pushLong(count: try integer(1))
        case 0x8B: try pushLong(count: try integer(4))
        case UInt8(ascii: "G"):
            push(.number(Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })))
        case UInt8(ascii: "F"):
            guard let number = Double(String(decoding: try line(), as: UTF8.self)) else {
                throw fault(.pickleText(place, at: start))
            }
            push(.number(number))
        case UInt8(ascii: "X"): try pushText(try integer(4), start)
        case 0x8C: try pushText(try integer(1), start)
        case 0x8D: try pushText(try integer(8), start)
        case UInt8(ascii: "U"): pushOldText(try take(try integer(1)))
        case UInt8(ascii: "T"): pushOldText(try take(try integer(4)))
        case UInt8(ascii: "C"): push(.bytes(Array(try take(try integer(1)))))
        case UInt8(ascii: "B"): push(.bytes(Array(try take(try integer(4)))))
        case 0x8E, 0x96: push(.bytes(Array(try take(try integer(8)))))
        case UInt8(ascii: ")"): push(.tuple([]))
        case 0x85, 0x86, 0x87: push(.tuple(try pop(Int(code) - 0x84, start)))
        case UInt8(ascii: "t"): push(.tuple(try popToMark(start)))
        case UInt8(ascii: "]"): push(.list([]))
        case UInt8(ascii: "l"): push(.list(try popToMark(start)))
        case UInt8(ascii: "}"): push(.dictionary(PickleDictionary()))
        case UInt8(ascii: "d"):
            let items = try popToMark(start)
            push(.dictionary(PickleDictionary()))
            try set(items, start)
        case UInt8(ascii: "a"): try extend([try pop(start)], start)
        case UInt8(ascii: "e"): try extend(try popToMark(start), start)
        case UInt8(ascii: "s"): try set(try pop(2, start), start)
        case UInt8(ascii: "u"): try set(try popToMark(start), start)
        case 0x8F: push(.opaque("set"))
        case 0x90: _ = try popToMark(start)
        case 0x91:
            _ = try popToMark(start)
            push(.opaque("frozenset"))
        case UInt8(ascii: "q"): try keep(try integer(1), start)
        case UInt8(ascii: "r"): try keep(try integer(4), start)
        case 0x94: try keep(memo.count, start)
        case UInt8(ascii: "h"): try recall(try integer(1), start)
        case UInt8(ascii: "j"): try recall(try integer(4), start)
        default: try stepObject(code, start)
        }
    }

    /// Instructions that name, call and change objects.
    private mutating func stepObject(_ code: UInt8, _ start: Int) throws(CheckpointError) {
        switch code {
        case UInt8(ascii: "c"): push(.global(try global(try lineText(start), try lineText(start))))
        case 0x93:
            let names = try pop(2, start)
            guard case .string(let module) = self[names[0]], case .string(let name) = self[names[1]] else {
                throw fault(.pickleStack(place, at: start))
            }
            push(.global(try global(module, name)))
        case UInt8(ascii: "R"), 0x81:
            let operands = try pop(2, start)
            try call(operands[0], operands[1], start)
        case 0x92:
            let operands = try pop(3, start)
            try call(operands[0], operands[1], start)
        case UInt8(ascii: "i"):
            let name = try global(try lineText(start), try lineText(start))
            push(.tuple(try popToMark(start)))
            let arguments = try pop(start)
            push(.global(name))
            try call(try pop(start), arguments, start)
        case UInt8(ascii: "o"):
            var operands = try popToMark(start)
            guard !operands.isEmpty else { throw fault(.pickleStack(place, at: start)) }
            let function = operands.removeFirst()
            push(.tuple(operands))
            try call(function, try pop(start), start)
        case UInt8(ascii: "b"):
            let state = try pop(start)
            guard let object = stack.last else { throw fault(.pickleStack(place, at: start)) }
            if case .dictionary(var dictionary) = self[object] {
                dictionary.attributes = state
                arena[Int(object)] = .dictionary(dictionary)
            }
        case UInt8(ascii: "Q"):
            let identifier = try pop(start)
            push(try TorchObjects.persistent(identifier, self))
        case UInt8(ascii: "P"): throw fault(.pickleRefused(place, "a persistent identifier as text"))
        case 0x82, 0x83, 0x84: throw fault(.pickleRefused(place, "the extension registry"))
        case 0x97, 0x98: throw fault(.pickleRefused(place, "out-of-band buffers"))
        default: throw fault(.pickleOpcode(place, code, at: start))
        }
    }

    func fault(_ fault: FormatFault) -> CheckpointError { .malformed(file: file, fault) }

    // MARK: the stack

    mutating func push(_ value: PickleValue) {
        stack.append(PickleReference(truncatingIfNeeded: arena.count))
        arena.append(value)
    }

    private mutating func push(integer: Int) {
        if (0...255).contains(integer) {
            stack.append(Self.firstInteger + PickleReference(integer))
        } else {
            push(.integer(integer))
        }
    }

    private mutating func pop(_ start: Int) throws(CheckpointError) -> PickleReference {
        guard stack.count > marks.last ?? 0, let top = stack.popLast() else {
            throw fault(.pickleStack(place, at: start))
        }
        return top
    }

    /// The uppermost `count`, lowest first.
    private mutating func pop(_ count: Int, _ start: Int) throws(CheckpointError) -> [PickleReference] {
        guard stack.count - count >= marks.last ?? 0 else { throw fault(.pickleStack(place, at: start)) }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func popToMark(_ start: Int) throws(CheckpointError) -> [PickleReference] {
        guard let mark = marks.popLast() else { throw fault(.pickleStack(place, at: start)) }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    private mutating func extend(_ values: [PickleReference], _ start: Int) throws(CheckpointError) {
        guard let list = stack.last else { throw fault(.pickleStack(place, at: start)) }
        switch self[list] {
        case .list(var elements):
            arena[Int(list)] = .none
            elements += values
            arena[Int(list)] = .list(elements)
        case .opaque: break
        default: throw fault(.pickleStack(place, at: start))
        }
    }

    private mutating func set(_ items: [PickleReference], _ start: Int) throws(CheckpointError) {
        guard let target = stack.last, items.count % 2 == 0 else { throw fault(.pickleStack(place, at: start)) }
        switch self[target] {
        case .dictionary(var dictionary):
            // Taken out while it grows, so that it is not copied.
            arena[Int(target)] = .none
            for place in stride(from: 0, to: items.count, by: 2) {
                dictionary.pairs.append((items[place], items[place + 1]))
            }
            arena[Int(target)] = .dictionary(dictionary)
        case .opaque: break
        default: throw fault(.pickleStack(place, at: start))
        }
    }

    private mutating func keep(_ key: Int, _ start: Int) throws(CheckpointError) {
        guard let top = stack.last else { throw fault(.pickleStack(place, at: start)) }
        memo[key] = top
    }

    private mutating func recall(_ key: Int, _ start: Int) throws(CheckpointError) {
        guard let value = memo[key] else { throw fault(.pickleMemo(place, at: start)) }
        stack.append(value)
    }

    private mutating func call(
        _ function: PickleReference, _ arguments: PickleReference, _ start: Int
    ) throws(CheckpointError) {
        guard case .tuple(let arguments) = self[arguments] else { throw fault(.pickleStack(place, at: start)) }
        switch self[function] {
        case .global(let name): push(try TorchObjects.made(by: name, arguments, self))
        case .opaque: push(.opaque("object"))
        default: throw fault(.pickleStack(place, at: start))
        }
    }

    /// The whole name of a global; noted when it is not on the list.
    private mutating func global(_ module: String, _ name: String) throws(CheckpointError) -> String {
        let whole = module + "." + name
        if !PickleGlobals.carriesNoCode(module, name),
            !refused.contains(where: { ExactString($0) == ExactString(whole) })
        {
            guard refused.count < 16 else { throw fault(.pickleTooLarge(place, "16 globals that may run code")) }
            refused.append(whole)
        }
        return whole
    }

    // MARK: the bytes

    private mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < bytes.count else { throw fault(.pickleCut(place)) }
        position += 1
        return bytes[position - 1]
    }

    private mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw fault(.pickleCut(place)) }
        position += count
        return bytes[position - count..<position]
    }

    /// A little-endian integer that is not negative.
    private mutating func integer(_ width: Int) throws(CheckpointError) -> Int {
        let value = try take(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard let value = Int(exactly: value) else { throw fault(.pickleCut(place)) }
        return value
    }

    /// The bytes up to the end of the line.
    private mutating func line() throws(CheckpointError) -> ArraySlice<UInt8> {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw fault(.pickleCut(place)) }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    private mutating func lineText(_ start: Int) throws(CheckpointError) -> String {
        guard let text = String(validating: try line(), as: UTF8.self) else {
            throw fault(.pickleText(place, at: start))
        }
        return text
    }

    private mutating func pushLine(_ start: Int) throws(CheckpointError) {
        let text = try lineText(start)
        switch text {
        case "00": stack.append(1)
        case "01": stack.append(2)
        default:
            guard let value = Int(text) else { throw fault(.pickleText(place, at: start)) }
            push(integer: value)
        }
    }

    private mutating func pushLong(_ digits: ArraySlice<UInt8>, _ start: Int) throws(CheckpointError) {
        let text = String(decoding: digits.last == UInt8(ascii: "L") ? digits.dropLast() : digits, as: UTF8.self)
        guard let value = Int(text) else { throw fault(.pickleText(place, at: start)) }
        push(integer: value)
    }

    /// A two's-complement integer of `count` bytes, opaque when it does not fit 64 bits.
    private mutating func pushLong(count: Int) throws(CheckpointError) {
        let digits = try take(count)
        guard count <= 8 else { return push(.opaque("integer")) }
        let isNegative = (digits.last ?? 0) & 0x80 != 0
        let value = digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
        push(integer: value)
    }

    private mutating func pushText(_ count: Int, _ start: Int) throws(CheckpointError) {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw fault(.pickleText(place, at: start))
        }
        push(.string(text))
    }

    /// A string of Python 2, which has no encoding: UTF-8 when it is that, else Latin-1.
    private mutating func pushOldText(_ text: ArraySlice<UInt8>) {
        push(
            .string(
                String(validating: text, as: UTF8.self)
                    ?? String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) }))))
    }
}
