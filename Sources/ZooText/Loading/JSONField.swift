import ZooBase

/// A value of a JSON file, with its place for errors.
struct JSONField {
    let file: String
    /// `model.unk_token`, `added_tokens[3].id`; empty for the whole document.
    let place: String
    let value: JSON

    /// The member `name`, which must be there.
    func required(_ name: String) throws(TextError) -> JSONField {
        guard case .object = value else { throw wrong("an object") }
        guard let member = value[name] else { throw .missing(file: file, place: inner(name)) }
        return JSONField(file: file, place: inner(name), value: member)
    }

    /// The member `name`; nil when it is missing or `null`.
    func optional(_ name: String) throws(TextError) -> JSONField? {
        guard case .object = value else { throw wrong("an object") }
        guard let member = value[name], !member.isNull else { return nil }
        return JSONField(file: file, place: inner(name), value: member)
    }

    /// The members of an object, in their order.
    func members() throws(TextError) -> [(name: String, field: JSONField)] {
        guard let members = value.members else { throw wrong("an object") }
        return members.map { ($0.name, JSONField(file: file, place: inner($0.name), value: $0.value)) }
    }

    /// The elements of an array.
    func elements() throws(TextError) -> [JSONField] {
        guard let elements = value.array else { throw wrong("an array") }
        return elements.enumerated().map { index, element in
            JSONField(file: file, place: "\(place)[\(index)]", value: element)
        }
    }

    /// The string.
    func string() throws(TextError) -> String {
        guard let string = value.string else { throw wrong("a string") }
        return string
    }

    /// The truth value.
    func bool() throws(TextError) -> Bool {
        guard let bool = value.bool else { throw wrong("true or false") }
        return bool
    }

    /// The integer, which must be in `range`.
    func integer(in range: ClosedRange<Int>) throws(TextError) -> Int {
        guard let integer = value.integer, range.contains(integer) else {
            throw wrong("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    /// The id of a token.
    func id() throws(TextError) -> Int32 { Int32(try integer(in: 0...Int(Int32.max))) }

    /// The `type` of a component, which must be one of `known`; `fallback` when it is missing.
    func kind(known: [String], default fallback: String? = nil) throws(TextError) -> String {
        guard let field = try optional("type") else {
            if let fallback { return fallback }
            throw .missing(file: file, place: inner("type"))
        }
        return try field.choice(of: known)
    }

    /// A string, which must be one of `known`.
    func choice(of known: [String]) throws(TextError) -> String {
        let choice = try string()
        guard known.contains(where: { ExactString($0) == ExactString(choice) }) else {
            throw .unsupported(file: file, place: place, kind: choice, known: known)
        }
        return choice
    }

    /// The error that says that something else was expected here.
    func wrong(_ expected: String) -> TextError {
        let found =
            switch value {
            case .null: "null"
            case .bool(let value): "\(value)"
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .string(let value): value.utf8.count > 40 ? "a string of \(value.utf8.count) bytes" : "\"\(value)\""
            case .array: "an array"
            case .object: "an object"
            }
        return .wrongValue(file: file, place: place.isEmpty ? "the document" : place, expected: expected, found: found)
    }

    private func inner(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }
}
