internal import Yams
public import ZooBase

/// Reads small YAML files (YAML 1.2, core schema) into JSON values: plain scalars become null, booleans, integers,
/// numbers or strings; duplicate keys, tags, several documents and deep nesting are refused.
public enum YAMLReader {
    /// Files larger than this many bytes are refused: what we read is written by hand.
    public static let maximumBytes = 1 << 14
    private static let maximumIndentation = 64
    private static let maximumNodes = 10_000

    /// Reads one document.
    ///
    /// `file` is what errors call it.
    ///
    /// - Throws: `CatalogueError.notYAML`.
    public static func json(_ bytes: [UInt8], file: String) throws(CatalogueError) -> JSON {
        guard bytes.count <= maximumBytes else {
            throw .notYAML(file: file, line: 1, problem: "the file is larger than \(maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notYAML(file: file, line: 1, problem: "the file is not UTF-8")
        }
        try checkNesting(bytes, file: file)
        let node: Node?
        do {
            node = try compose(yaml: text)
        } catch let error as YamlError {
            throw describe(error, file: file)
        } catch {
            throw .notYAML(file: file, line: 1, problem: "not YAML")
        }
        var budget = maximumNodes
        return try node.map { node throws(CatalogueError) in try value(node, file: file, &budget) } ?? .null
    }

    /// The reader below recurses once a level, so a hostile file must not choose how deep.
    private static func checkNesting(_ bytes: [UInt8], file: String) throws(CatalogueError) {
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let opening = line.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            let start = line.prefix { [UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?")].contains($0) }
            guard opening <= maximumIndentation, start.count <= maximumIndentation else {
                throw .notYAML(file: file, line: index + 1, problem: "nested too deeply")
            }
        }
    }

    private static func value(_ node: Node, file: String, _ budget: inout Int) throws(CatalogueError) -> JSON {
        budget -= 1
        let line = node.mark?.line ?? 1
        guard budget > 0 else { throw .notYAML(file: file, line: line, problem: "too many values") }
        switch node {
        case .scalar(let scalar):
            return scalar.style == .plain ? plain(scalar.string) : .string(scalar.string)
        case .sequence(let sequence):
            var elements: [JSON] = []
            for element in sequence { elements.append(try value(element, file: file, &budget)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [JSONMember] = []
            for (key, element) in mapping {
                guard case .scalar(let name) = key else {
                    throw .notYAML(file: file, line: line, problem: "a key must be a name")
                }
                members.append(JSONMember(name.string, try value(element, file: file, &budget)))
            }
            return .object(members)
        case .alias:
            throw .notYAML(file: file, line: line, problem: "aliases are not read")
        }
    }

    private static func plain(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        // Swift also reads "0x1p3", "inf" and "nan" as numbers; the core schema spells them otherwise.
        guard text.utf8.allSatisfy({ Array("0123456789+-.eE".utf8).contains($0) }) else { return .string(text) }
        if let integer = Int(text) { return .integer(integer) }
        if let number = Double(text), number.isFinite { return .number(number) }
        return .string(text)
    }

    private static func describe(_ error: YamlError, file: String) -> CatalogueError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .notYAML(file: file, line: mark.line, problem: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            .notYAML(
                file: file, line: context.mark.line,
                problem: "the key \"\(duplicates.min() ?? "")\" appears twice")
        default: .notYAML(file: file, line: 1, problem: "not YAML")
        }
    }
}
