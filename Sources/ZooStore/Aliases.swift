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
            let moves = try moves(alias, of: version.name)
            let wasProtected = try isProtected(alias, of: version.name)
            if let before, before != version.number, wasProtected, !force {
                throw .aliasIsProtected(alias: "\(version.name):\(alias)", version: "\(version.name)@\(before)")
            }
            let protects = protecting ?? wasProtected
            // A protection that the alias states and the log does not tell of is one whose line was lost: what ends one
            // begins with the alias.
            if let before, !protects, try refs.statesProtection(version.name, alias) {
                let target = try self.version(version.name, before)
                try refs.set(alias, to: target, isProtected: false)
            }
            if FilePaths.isMissing("\(layout.aliases(version.name))/\(alias)") {
                try refs.announce(alias, of: version.name)
            }
            // The log comes first: a kill leaves a move that was logged and did not happen, which can be told from a line
            // that was lost.
            if moves.last?["number"]?.integer != version.number || Self.protects(moves.last) != protects {
                try log(version.name).append(
                    "alias",
                    [
                        "alias": .string(alias.text), "from": before.map { .integer($0) },
                        "number": .integer(version.number), "protected": protects ? true : nil,
                    ])
            }
            let isStated = if before == nil { false } else { try refs.statesProtection(version.name, alias) }
            if before != version.number || isStated != protects {
                try refs.set(alias, to: version, isProtected: protects)
            } else {
                // A disk that was full may have ended the command that set it before this.
                try refs.endAnnouncement(of: alias, of: version.name)
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
        let moves = try moves(alias, of: name)
        let number: Int?
        do throws(StoreError) {
            number = try refs.alias(name, alias)
            if try refs.statesProtection(name, alias) { return true }
        } catch { return Self.protects(moves.last) }
        return Self.protects(Self.lastDone(moves, at: number))
    }

    /// Whether the log tells how `alias` came to point at `number` and to be protected, if it says that it is, as far as
    /// its lines can be read.
    func isExplained(_ alias: AliasName, at number: Int, isProtected: Bool, by lines: [JSON]) -> Bool {
        let moves = lines.filter { $0["alias"]?.string == alias.text }
        guard let last = moves.last, last["number"]?.integer == number || last["from"]?.integer == number else {
            return false
        }
        return !isProtected || Self.protects(Self.lastDone(moves, at: number))
    }

    /// The last of the moves of an alias that points at `number`: what a kill cut short did not happen.
    private static func lastDone(_ moves: [JSON], at number: Int?) -> JSON? {
        moves.last { $0["number"]?.integer == number || $0["from"]?.integer != number }
    }

    private func moves(_ alias: AliasName, of name: ModelName) throws(StoreError) -> [JSON] {
        try log(name).entries().filter { $0["alias"]?.string == alias.text }
    }

    private static func protects(_ move: JSON?) -> Bool { move?["protected"]?.bool ?? false }

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
