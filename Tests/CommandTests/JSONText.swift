import Foundation

/// A JSON value that a command printed.
struct JSONText {
    private let value: Any

    /// Parses exactly one value.
    init(_ text: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    /// Parses one value a line.
    static func lines(_ text: String) throws -> [JSONText] {
        try text.split(separator: "\n").map { try JSONText(String($0)) }
    }

    /// What stands at a path such as `metrics.accuracy.value` or `files.0.name`.
    private subscript(path: String) -> Any? {
        path.split(separator: ".").reduce(Optional(value)) { value, part in
            if let index = Int(part), let array = value as? [Any] {
                return array.indices.contains(index) ? array[index] : nil
            }
            return (value as? [String: Any])?[String(part)]
        }
    }

    func string(_ path: String) -> String? { self[path] as? String }
    func number(_ path: String) -> Double? { (self[path] as? NSNumber)?.doubleValue }
    func integer(_ path: String) -> Int? { (self[path] as? NSNumber)?.intValue }
    func bool(_ path: String) -> Bool? { (self[path] as? NSNumber)?.boolValue }
    func strings(_ path: String) -> [String]? { self[path] as? [String] }
    /// The integers of an array in an object, whose own name may hold points.
    func integers(_ object: String, _ key: String) -> [Int]? {
        ((value as? [String: Any])?[object] as? [String: Any])?[key] as? [Int]
    }
    /// Number of elements of an array.
    func count(_ path: String = "") -> Int? { (self[path] as? [Any])?.count }

    /// The path of every key, sorted; elements of an array share `[]`.
    var keyPaths: [String] { Self.paths(of: value, at: "").sorted() }

    private static func paths(of value: Any, at path: String) -> Set<String> {
        switch value {
        case let members as [String: Any]:
            members.reduce(into: []) { paths, member in
                let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
                paths.formUnion(Self.paths(of: member.value, at: inner).union([inner]))
            }
        case let elements as [Any]:
            elements.reduce(into: ["\(path)[]"]) { $0.formUnion(Self.paths(of: $1, at: "\(path)[]")) }
        default: []
        }
    }
}
