import Glibc
import ZooBase

extension Store {
    /// Points `alias` at `version` and logs the move.
    ///
    /// - Parameters:
    ///   - protecting: whether the alias is protected from now on; nil leaves that as it is.
    ///   - force: moves a protected alias.
    /// - Returns: the number it pointed at before; nil for a new alias.
    /// - Throws: `StoreError.aliasIsProtected`, `.unknownVersion`.
    @discardableResult
    public func tag(
        _ version: ModelVersion, _ alias: AliasName, protecting: Bool? = nil, force: Bool = false
    ) throws(StoreError) -> Int? {
        try changeAliases(of: version.name) { () throws(StoreError) -> Int? in
            _ = try self.version(version.name, version.number)
            // A damaged alias is put right by being set.
            let before = try? refs.alias(version.name, alias)
            let wasProtected = try isProtected(alias, of: version.name)
            if let before, before != version.number, wasProtected, !force {
                throw .aliasIsProtected(alias: "\(version.name):\(alias)", version: "\(version.name)@\(before)")
            }
            if before != version.number { try refs.set(alias, to: version) }
            if try loggedNumber(alias, of: version.name) != version.number
                || (protecting ?? wasProtected) != wasProtected
            {
                try log(version.name).append(
                    "alias",
                    [
                        "alias": .string(alias.text), "from": before.map { .integer($0) },
                        "number": .integer(version.number), "protected": (protecting ?? wasProtected) ? true : nil,
                    ])
            }
            return before
        }
    }

    /// Takes an alias away and logs that.
    ///
    /// - Returns: the number it pointed at.
    /// - Throws: `StoreError.aliasIsProtected` without `force`, `.unknownAlias`.
    @discardableResult
    public func untag(_ name: ModelName, _ alias: AliasName, force: Bool = false) throws(StoreError) -> Int? {
        try changeAliases(of: name) { () throws(StoreError) -> Int? in
            guard try refs.aliases(name).contains(alias) else {
                _ = try numbers(name)
                throw .unknownAlias(name: name.text, alias: alias.text, existing: try refs.aliases(name).map(\.text))
            }
            let before = try? refs.alias(name, alias)
            if try isProtected(alias, of: name), !force {
                throw .aliasIsProtected(alias: "\(name):\(alias)", version: before.map { "\(name)@\($0)" } ?? "?")
            }
            // The log comes first: an alias that is logged as removed but still there can be removed again.
            try log(name).append(
                "alias", ["alias": .string(alias.text), "from": before.map { .integer($0) }, "removed": true])
            let path = "\(layout.aliases(name))/\(alias)"
            try io { () throws(FileError) in
                guard unlink(path) == 0 else { throw FileError("remove", path) }
                try AtomicFile.syncFolder(of: path)
            }
            return before
        }
    }

    /// Whether an alias is protected from being moved.
    public func isProtected(_ alias: AliasName, of name: ModelName) throws(StoreError) -> Bool {
        try lastMove(alias, of: name)?["protected"]?.bool ?? false
    }

    private func loggedNumber(_ alias: AliasName, of name: ModelName) throws(StoreError) -> Int? {
        try lastMove(alias, of: name)?["number"]?.integer
    }

    private func lastMove(_ alias: AliasName, of name: ModelName) throws(StoreError) -> JSON? {
        try log(name).entries().last { $0["alias"]?.string == alias.text }
    }

    /// Runs `body` while nobody else moves an alias of `name` or removes versions: what it reads stays so.
    private func changeAliases(of name: ModelName, _ body: () throws(StoreError) -> Int?) throws(StoreError) -> Int? {
        try makeFolders()
        let hold = try shared()
        defer { withExtendedLifetime(hold) {} }
        // A name that is not there gets no folder.
        _ = try numbers(name)
        let folder = layout.aliases(name)
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(folder) }
        let own = try Lock(folder, .exclusive, what: "another zoo command is moving an alias of \(name)")
        defer { withExtendedLifetime(own) {} }
        return try body()
    }
}
