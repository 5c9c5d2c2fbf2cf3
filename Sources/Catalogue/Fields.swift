internal import ZooBase

/// The members of one mapping of a catalogue file, read strictly: every key must be asked for.
struct Fields {
    private let file: String
    private let place: String
    private let members: [JSONMember]

    /// - Throws: `CatalogueError` when `json` is no mapping or holds a key that is not in `allowed`.
    init(_ json: JSON, file: String, place: String = "", allowed: [String]) throws(CatalogueError) {
        guard let members = json.members else {
            throw .wrongValue(file: file, key: place.isEmpty ? "the document" : place, expected: "a mapping")
        }
        self.file = file
        self.place = place
        self.members = members
        for member in members where !allowed.contains(member.name) {
            throw .unknownKey(file: file, key: path(member.name), allowed: allowed)
        }
    }

    private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    func optional(_ key: String) -> JSON? { members.first { $0.name == key }?.value }

    func required(_ key: String) throws(CatalogueError) -> JSON {
        guard let value = optional(key) else { throw .missingKey(file: file, key: path(key)) }
        return value
    }

    func string(_ key: String) throws(CatalogueError) -> String {
        guard let value = try required(key).string else { throw wrong(key, "a string") }
        return value
    }

    func strings(_ json: JSON, _ key: String) throws(CatalogueError) -> [String] {
        guard let elements = json.array else { throw wrong(key, "a list of strings") }
        var strings: [String] = []
        for element in elements {
            guard let string = element.string else { throw wrong(key, "a list of strings") }
            strings.append(string)
        }
        return strings
    }

    /// The elements of a list; none when the key is missing.
    func list(_ key: String) throws(CatalogueError) -> [JSON] {
        guard let value = optional(key) else { return [] }
        guard let elements = value.array else { throw wrong(key, "a list") }
        return elements
    }

    func wrong(_ key: String, _ expected: String) -> CatalogueError {
        .wrongValue(file: file, key: path(key), expected: expected)
    }
}
