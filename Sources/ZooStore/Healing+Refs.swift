import ZooBase

/// Refs, aliases and logs that are put right from each other and from the records.
extension Store {
    /// Takes the damaged lines out of a log, and says in it up to which number versions were given.
    func healLog(_ name: ModelName) throws(StoreError) -> String {
        let (good, bad) = try log(name).salvage()
        try keep(layout.log(name))
        // A line that cannot be read may tell of the removal of the highest version.
        let known = (try refs.numbers(name) + good.compactMap { $0["number"]?.integer }).filter(Refs.numbers.contains)
        let stated = bad.flatMap(AliasLog.numbers).filter(Refs.numbers.contains)
        let highest = min(max((known.max() ?? 0) + bad.count, stated.max() ?? 0), Refs.numbers.upperBound)
        try log(name).replace(with: good + [AliasLog.entry("repaired", ["number": .integer(highest)])])
        var open: [String] = []
        for alias in try refs.aliases(name) where try !isProtected(alias, of: name) { open.append("\(name):\(alias)") }
        return "\(bad.count) damaged \(bad.count == 1 ? "line is" : "lines are") left out; "
            + "the file as it was is in quarantine/"
            + (open.isEmpty ? "" : "; not protected now, whatever these lines said: \(open.joined(separator: ", "))")
    }

    /// Writes into the log what the alias itself says.
    func explain(_ alias: AliasName, of name: ModelName, at number: Int) throws(StoreError) -> String? {
        // What the log was healed by may have explained it already.
        let isProtected = try refs.statesProtection(name, alias)
        guard try refs.alias(name, alias) == number,
            !isExplained(alias, at: number, isProtected: isProtected, by: try log(name).entries())
        else { return nil }
        try log(name).append(
            "alias",
            [
                "alias": .string(alias.text), "number": .integer(number), "protected": isProtected ? true : nil,
                "recovered": true,
            ])
        return "the log says again that it is \(name)@\(number)"
            + (isProtected
                ? ", protected"
                : "; it is not protected: zoo tag \(name)@\(number) \(alias) --protect protects it")
    }

    /// Writes the ref of a version anew; what was done, nil when nothing says where it pointed.
    func restore(_ number: Int, of name: ModelName) throws(StoreError) -> String? {
        let path = "\(layout.versions(name))/\(number)"
        if try removedNumbers(of: name).contains(number) {
            try setAside(path)
            return "set aside in quarantine/; \(name)@\(number) was removed"
        }
        let isGone = FilePaths.isMissing(path)
        guard let manifest = try recordedManifest(of: "\(name)@\(number)"),
            (try? refs.version(name, number)) != manifest
        else { return nil }
        try keep(path)
        try io { () throws(FileError) in
            try FilePaths.makeDurableFolder(FilePaths.parent(of: path))
            try AtomicFile.write(Array("\(manifest)\n".utf8), to: path)
        }
        return "is sha256:\(manifest.short) again, as its records say"
            + (isGone ? "; zoo rm \(name)@\(number) if it was to go" : "")
    }

    /// Writes an alias anew from the log; what was done, nil when nothing says where it pointed.
    func restore(_ alias: AliasName, of name: ModelName) throws(StoreError) -> String? {
        // The refs of versions have been healed: it may have been one of these that was wrong, or away.
        if (try? refs.alias(name, alias)) ?? nil != nil {
            return "is right: it was the ref of its version that was not"
        }
        let move = try log(name).salvage().good.last { $0["alias"]?.string == alias.text }
        guard let number = move?["number"]?.integer, let manifest = try refs.version(name, number) else { return nil }
        try keep("\(layout.aliases(name))/\(alias)")
        try refs.set(
            alias, to: ModelVersion(name: name, number: number, manifest: manifest),
            isProtected: move?["protected"]?.bool ?? false)
        return "points at \(name)@\(number) again, as the log says"
    }

    /// The manifest whose records say that it is `version`.
    func recordedManifest(of version: String) throws(StoreError) -> ContentDigest? {
        for text in try FilePaths.listIfPresent(layout.records) {
            guard let digest = ContentDigest(hex: text), let created = try? records.list(digest, kind: "created"),
                created.contains(where: { $0.body["version"]?.string == version })
            else { continue }
            if (try? manifest(digest)) != nil { return digest }
        }
        return nil
    }
}
