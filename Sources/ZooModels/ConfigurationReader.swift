import ZooBase

/// Reads config.json by key; errors name the key.
struct ConfigurationReader {
    let json: JSON

    /// A positive integer that must be there.
    func count(_ key: String) throws(ModelError) -> Int {
        guard let value = json[key]?.integer, (1...1 << 32).contains(value) else {
            throw error(key, "a positive integer")
        }
        return value
    }

    /// A probability in [0, 1), or `otherwise` when the key is missing or null.
    func probability(_ key: String, otherwise: Double) throws(ModelError) -> Double {
        guard let found = json[key], !found.isNull else { return otherwise }
        guard let value = found.number, value >= 0, value < 1 else { throw error(key, "a number from 0 to below 1") }
        return value
    }

    /// A positive number, or `otherwise` when the key is missing.
    func positive(_ key: String, otherwise: Double) throws(ModelError) -> Double {
        guard let found = json[key] else { return otherwise }
        guard let value = found.number, value > 0 else { throw error(key, "a positive number") }
        return value
    }

    /// Fails unless the key is missing or has this value.
    func require(_ key: String, _ value: JSON) throws(ModelError) {
        guard let found = json[key], found != value else { return }
        throw error(key, value.text(.compact))
    }

    /// What the value stands for among `choices`, or `otherwise` when the key is missing.
    func choice<Value>(
        _ key: String, _ choices: KeyValuePairs<String, Value>, otherwise: Value
    ) throws(ModelError) -> Value {
        guard let found = json[key] else { return otherwise }
        if let known = choices.first(where: { found == .string($0.key) }) { return known.value }
        throw error(key, choices.map { JSON.string($0.key).text(.compact) }.joined(separator: ", "))
    }

    /// The heads taken out of each layer, as in `{"0": [1, 3]}`; none when the key is missing.
    func prunedHeads(_ key: String, layers: Int, heads: Int) throws(ModelError) -> [Int: Set<Int>] {
        guard let found = json[key], !found.isNull else { return [:] }
        var result: [Int: Set<Int>] = [:]
        for member in found.members ?? [JSONMember("", .null)] {
            let listed = member.value.array?.compactMap(\.integer) ?? []
            guard let layer = Int(member.name), (0..<layers).contains(layer),
                listed.count == member.value.array?.count, listed.allSatisfy((0..<heads).contains),
                Set(listed).count == listed.count, listed.count < heads
            else { throw error(key, "heads by layer, at least one of each layer's \(heads) left") }
            result[layer] = Set(listed)
        }
        return result
    }

    func error(_ key: String, _ expected: String) -> ModelError {
        .configuration(key: key, expected: expected, found: json[key]?.text(.compact))
    }
}
