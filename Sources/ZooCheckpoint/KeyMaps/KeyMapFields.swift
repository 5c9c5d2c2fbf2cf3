internal import ZooBase

/// The members of one object of a map, read strictly: every name must be expected.
struct KeyMapFields {
    private let file: String
    private let place: String
    let members: [JSONMember]

    /// - Throws: `KeyMapError.invalidMap` when `json` is no object or has a member that is not in `allowed`.
    init(_ json: JSON, file: String, place: String, allowed: [String]) throws(KeyMapError) {
        guard let members = json.members else {
            throw .invalidMap(file: file, place: place, problem: "must be an object")
        }
        self.file = file
        self.place = place
        self.members = members
        for member in members where !allowed.contains(member.name) {
            throw error(
                "unknown name \(CheckpointError.quoted(member.name)); known: \(allowed.joined(separator: ", "))")
        }
    }

    func error(_ problem: String) -> KeyMapError { .invalidMap(file: file, place: place, problem: problem) }

    func optional(_ name: String) -> JSON? { members.first { $0.name == name }?.value }

    func required(_ name: String) throws(KeyMapError) -> JSON {
        guard let value = optional(name) else { throw error("\(name) is missing") }
        return value
    }

    func string(_ name: String) throws(KeyMapError) -> String {
        guard let text = try required(name).string else { throw error("\(name) must be a string") }
        return text
    }

    /// The string; nil when it is missing.
    func optionalString(_ name: String) throws(KeyMapError) -> String? {
        optional(name) == nil ? nil : try string(name)
    }

    func array(_ name: String) throws(KeyMapError) -> [JSON] {
        guard let elements = try required(name).array else { throw error("\(name) must be a list") }
        return elements
    }
}
