import ZooBase

/// JSON objects on disk that carry a check value, so that a flipped bit is found when they are read.
///
/// The member `check` holds the first 16 hexadecimal digits of the SHA-256 over a context, a line feed and the canonical
/// text of the object without it. The context says where the object belongs, so that one does not pass for another.
enum SealedJSON {
    /// The canonical text of `object` with its check value; one line, without the line feed.
    static func text(_ object: JSON, context: String) -> String {
        let members = (object.members ?? []).filter { $0.name != "check" }
        return JSON.object(members + [JSONMember("check", .string(check(members, context)))]).text(.canonical)
    }

    /// Reads what `text` gave, with or without a line feed at its end.
    ///
    /// - Parameter unsealed: the members an object written before there were check values may have.
    /// - Throws: `StoreError.damaged` with `path` as the place.
    static func read(
        _ bytes: [UInt8], context: String, unsealed: Set<String>, path: String
    ) throws(StoreError) -> JSON {
        let bytes = bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
        let json: JSON
        do { json = try JSONParser.parse(bytes) } catch { throw .damaged(path: path, reason: error.message) }
        guard let members = json.members else { throw .damaged(path: path, reason: "not a JSON object") }
        guard let found = json["check"]?.string else {
            guard Set(members.map(\.name)).isSubset(of: unsealed) else {
                throw .damaged(path: path, reason: "its check value is missing")
            }
            return json
        }
        let rest = members.filter { $0.name != "check" }
        // The text itself is compared too: bytes that parse to the same value have been changed all the same.
        guard found == check(rest, context), json.text(.canonical).utf8.elementsEqual(bytes) else {
            throw .damaged(path: path, reason: "its bytes do not have the check value they carry")
        }
        return .object(rest)
    }

    private static func check(_ members: [JSONMember], _ context: String) -> String {
        String(ContentDigest(of: context + "\n" + JSON.object(members).text(.canonical)).hex.prefix(16))
    }
}
