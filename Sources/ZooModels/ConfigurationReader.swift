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

    func error(_ key: String, _ expected: String) -> ModelError {
        .configuration(key: key, expected: expected, found: json[key]?.text(.compact))
    }
}
