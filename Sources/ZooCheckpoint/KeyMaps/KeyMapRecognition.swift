public import ZooBase

/// Which dialect of a map the tensors of a model are named in, and how.
public struct KeyMapRecognition: Sendable {
    /// The name of the map: the family of models.
    public let map: String
    /// The name of the dialect.
    public let dialect: String
    /// What stands before every name besides: `module.`, or the scope of a TensorFlow model.
    public let prefix: String
    /// What follows every name.
    public let suffix: String
    /// What stands before the names of the body; nil when the dialect makes no difference there.
    public let base: String?
    /// Names that no rule matches, or whose number of axes is another one, in their order.
    public let uncovered: [String]
    /// Number of tensors that a rule matches.
    public var coveredCount: Int { matches.count - uncovered.count }

    /// For each tensor what its name says; nil when no rule matches.
    let matches: [KeyMapMatch?]
    let dialectIndex: Int
}

/// The rule that matches a name, and the numbers in it.
struct KeyMapMatch: Sendable, Hashable {
    let rule: Int
    let numbers: [String: Int]
}

extension KeyMap {
    /// How many levels of names may stand before those that the map knows.
    private static let deepestPrefix = 3

    /// The dialect that covers most of `tensors`, and among equals the first with the shortest prefix; nil when no
    /// dialect covers any.
    ///
    /// With `dialect`, that one only.
    ///
    /// - Throws: `KeyMapError.unknownDialect`; `.ambiguous` when two rules match one name.
    public func recognized(
        _ tensors: [TensorInfo], dialect: String? = nil
    ) throws(KeyMapError) -> KeyMapRecognition? {
        guard let first = tensors.first else { return nil }
        let chosen = try dialect.map { name throws(KeyMapError) in [try index(of: name)] } ?? Array(dialects.indices)
        let names = tensors.map { Array($0.name.utf8) }
        let prefixes = Self.prefixes(Array(first.name.utf8)).filter { prefix in
            names.allSatisfy { $0.starts(with: prefix) }
        }
        var best: KeyMapRecognition?
        func look(_ index: Int, _ base: BaseValue) throws(KeyMapError) {
            let table = RuleTable(self, dialect: index, base: base)
            for prefix in prefixes {
                for suffix in dialects[index].suffixes {
                    let matches = try table.matches(tensors, names, prefix: prefix.count, suffix: suffix)
                    let found = recognition(index, base, prefix, suffix, matches, tensors)
                    if found.coveredCount > best?.coveredCount ?? 0 { best = found }
                }
            }
        }
        for index in chosen { for base in dialects[index].bases { try look(index, base) } }
        guard let found = best, !found.uncovered.isEmpty else { return best }
        // A head beside a body whose names have nothing before them. Where two rules then mean one name, it is no dialect.
        for index in chosen {
            guard let base = dialects[index].base else { continue }
            do { try look(index, BaseValue(text: base.alone, isAlone: false)) } catch {
                guard case .ambiguous = error else { throw error }
            }
        }
        return best
    }

    private func recognition(
        _ index: Int, _ base: BaseValue, _ prefix: [UInt8], _ suffix: String, _ matches: [KeyMapMatch?],
        _ tensors: [TensorInfo]
    ) -> KeyMapRecognition {
        KeyMapRecognition(
            map: name, dialect: dialects[index].name, prefix: String(decoding: prefix, as: UTF8.self), suffix: suffix,
            base: dialects[index].base == nil ? nil : base.text,
            uncovered: zip(tensors, matches).filter { $1 == nil }.map { $0.0.name }, matches: matches,
            dialectIndex: index)
    }

    /// Nothing, and the beginnings of `name` that end with a dot or a slash.
    private static func prefixes(_ name: [UInt8]) -> [[UInt8]] {
        let ends = name.indices.filter { name[$0] == UInt8(ascii: ".") || name[$0] == UInt8(ascii: "/") }
        return [[]] + ends.prefix(deepestPrefix).map { Array(name[...$0]) }
    }
}

/// What `{base}` stands for, and whether there may be tensors without it.
struct BaseValue: Sendable, Hashable {
    let text: String
    let isAlone: Bool
}

extension KeyMap.Dialect {
    /// The values to try, the one for a body without a head first.
    var bases: [BaseValue] {
        guard let base else { return [BaseValue(text: "", isAlone: false)] }
        return [BaseValue(text: base.alone, isAlone: true), BaseValue(text: base.besides, isAlone: false)]
    }
}

/// The rules of one dialect by the skeletons of the names they match, so that a name meets few of them.
private struct RuleTable {
    private let map: KeyMap
    private let dialect: Int
    private let base: BaseValue
    private var rules: [[UInt8]: [Int]] = [:]

    init(_ map: KeyMap, dialect: Int, base: BaseValue) {
        self.map = map
        self.dialect = dialect
        self.base = base
        for (index, rule) in map.rules.enumerated() {
            guard let pattern = rule.entries[dialect]?.pattern, !base.isAlone || pattern.hasBase else { continue }
            for skeleton in pattern.skeletons(base: base.text) where rules[skeleton]?.last != index {
                rules[skeleton, default: []].append(index)
            }
        }
    }

    /// What each name says once `prefix` bytes and `suffix` are taken off.
    func matches(
        _ tensors: [TensorInfo], _ names: [[UInt8]], prefix: Int, suffix: String
    ) throws(KeyMapError) -> [KeyMapMatch?] {
        let end = Array(suffix.utf8)
        var matches: [KeyMapMatch?] = []
        matches.reserveCapacity(names.count)
        for (tensor, name) in zip(tensors, names) {
            guard name.count >= prefix + end.count, name.suffix(end.count).elementsEqual(end) else {
                matches.append(nil)
                continue
            }
            matches.append(try match(tensor, name[prefix..<(name.count - end.count)]))
        }
        return matches
    }

    private func match(_ tensor: TensorInfo, _ name: ArraySlice<UInt8>) throws(KeyMapError) -> KeyMapMatch? {
        var found: KeyMapMatch?
        for index in rules[NamePattern.skeleton(of: name)] ?? [] {
            let rule = map.rules[index]
            guard let numbers = rule.entries[dialect]?.pattern.match(name, base: base.text),
                rule.rank(dialect).map({ $0 == tensor.shape.rank }) ?? true
            else { continue }
            if let other = found {
                throw .ambiguous(
                    map: map.name, tensor: tensor.name, rules: [map.rules[other.rule].text, rule.text])
            }
            found = KeyMapMatch(rule: index, numbers: numbers)
        }
        return found
    }
}
