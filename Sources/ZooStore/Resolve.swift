import ZooBase

extension Store {
    /// The version that `reference` names.
    ///
    /// - Throws: `StoreError.unknownModel` with names that are near, `.unknownVersion`, `.unknownAlias`,
    ///   `.unknownDigest`, `.ambiguousDigest` with the candidates, `.notAVersion` for a path.
    public func resolve(_ reference: Reference) throws(StoreError) -> ModelVersion {
        switch reference {
        case .latest(let name): return try version(name, try numbers(name).last!)
        case .version(let name, let number): return try version(name, number)
        case .alias(let name, let alias):
            let numbers = try numbers(name)
            guard let number = try refs.alias(name, alias) else {
                throw .unknownAlias(name: name.text, alias: alias.text, existing: try refs.aliases(name).map(\.text))
            }
            precondition(numbers.contains(number))
            return try version(name, number)
        case .digest(let prefix):
            let found = try versions(digestPrefix: prefix)
            guard let first = found.last else { throw .unknownDigest(prefix: prefix) }
            guard Set(found.map(\.manifest)).count == 1 else {
                throw .ambiguousDigest(
                    prefix: prefix, candidates: found.map { "\($0) (\($0.manifest.short))" })
            }
            return first
        case .path(let path): throw .notAVersion(path: path)
        }
    }

    /// The model that `reference` is about, also when what it names is damaged or lost.
    ///
    /// - Throws: as `resolve`, when there is no such thing and never was.
    public func model(of reference: Reference) throws(StoreError) -> ModelName {
        do { return try resolve(reference).name } catch {
            switch reference {
            case .latest(let name), .version(let name, _), .alias(let name, _):
                if case .damaged = error { return name }
                if try lostVersions().contains(where: { $0.name == name }) { return name }
                if try !lostAliases(of: name).isEmpty { return name }
            default: break
            }
            throw error
        }
    }

    /// Every version, by name and number, read from the refs themselves.
    public func versions() throws(StoreError) -> [ModelVersion] {
        var all: [ModelVersion] = []
        for name in try refs.names() {
            for number in try refs.numbers(name) { all.append(try version(name, number)) }
        }
        return all
    }

    /// The aliases of a model and the numbers they point at, by alias.
    public func aliases(of name: ModelName) throws(StoreError) -> [(alias: AliasName, number: Int)] {
        var all: [(alias: AliasName, number: Int)] = []
        for alias in try refs.aliases(name) {
            if let number = try refs.alias(name, alias) { all.append((alias, number)) }
        }
        return all
    }

    func numbers(_ name: ModelName) throws(StoreError) -> [Int] {
        let numbers = try refs.numbers(name)
        guard !numbers.isEmpty else {
            let names = try refs.names().map(\.text)
            throw .unknownModel(
                name: name.text, suggestions: Suggestions.near(name.text, among: names),
                hasFile: FilePaths.exists(name.text))
        }
        return numbers
    }

    func version(_ name: ModelName, _ number: Int) throws(StoreError) -> ModelVersion {
        guard let digest = try refs.version(name, number) else {
            throw .unknownVersion(name: name.text, number: number, existing: try numbers(name))
        }
        return ModelVersion(name: name, number: number, manifest: digest)
    }
}
