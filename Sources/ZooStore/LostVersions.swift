import ZooBase

extension Store {
    /// The versions whose making is on record while their refs are gone and no removal is logged, by name and number.
    ///
    /// A removal is logged before the ref goes, so one that was cut short is not among them.
    ///
    /// - Parameters:
    ///   - isWanted: of which manifests the records are read.
    ///   - failed: told of each folder of records that the system does not let be read; unless it throws, they are left
    ///     out.
    func lostVersions(
        among isWanted: (ContentDigest) -> Bool = { _ in true },
        unless failed: (_ path: String, StoreError) throws(StoreError) -> Void = { _, error throws(StoreError) in
            throw error
        }
    ) throws(StoreError) -> [ModelVersion] {
        var lost: [ModelVersion] = []
        var removed: [ModelName: Set<Int>] = [:]
        for text in try FilePaths.listIfPresent(layout.records, unless: failed) {
            guard let manifest = ContentDigest(hex: text), isWanted(manifest) else { continue }
            for file in try FilePaths.listIfPresent(layout.records(manifest), unless: failed)
            where file.hasSuffix("-created.json") {
                // A damaged record is reported as one.
                guard let sequence = Records.sequence(file),
                    let record = try? records.read(
                        FilePaths.join(layout.records(manifest), file), manifest, sequence),
                    let version = record.body["version"]?.string,
                    case .version(let name, let number)? = try? Reference(version),
                    Refs.numbers.contains(number), FilePaths.isMissing("\(layout.versions(name))/\(number)")
                else { continue }
                if removed[name] == nil { removed[name] = try removedNumbers(of: name) }
                if removed[name]?.contains(number) == false {
                    lost.append(ModelVersion(name: name, number: number, manifest: manifest))
                }
            }
        }
        return Set(lost).sorted()
    }

    func removedNumbers(of name: ModelName) throws(StoreError) -> Set<Int> {
        Set(
            try log(name).salvage().good.compactMap {
                $0["event"]?.string == "removed" ? $0["number"]?.integer : nil
            })
    }

    /// The aliases that the log tells of and whose files are gone though nobody took them away, and their last moves.
    ///
    /// One that was announced was never there, and one went with its version if that was removed.
    func lostAliases(of name: ModelName) throws(StoreError) -> [(alias: AliasName, move: JSON)] {
        var last: [String: JSON] = [:]
        for line in try log(name).salvage().good {
            if let alias = line["alias"]?.string {
                last[alias] = line["number"] == nil ? nil : line
            } else if line["event"]?.string == "removed" {
                last = last.filter { $0.value["number"] != line["number"] }
            }
        }
        return last.compactMap { text, move in AliasName(stored: text).map { ($0, move) } }
            .filter {
                FilePaths.isMissing("\(layout.aliases(name))/\($0.alias)")
                    && FilePaths.isMissing(refs.announcement(of: $0.alias, of: name))
            }
            .sorted { $0.alias < $1.alias }
    }

    /// What is wrong with the ref of a version; nil when it can be read, or there never was one.
    public func refDamage(_ name: ModelName, _ number: Int) throws(StoreError) -> RefDamage? {
        do throws(StoreError) {
            if try refs.version(name, number) != nil { return nil }
        } catch {
            guard case .damaged = error else { throw error }
            return .unreadable(error)
        }
        return try lostVersions().contains { $0.name == name && $0.number == number } ? .lost : nil
    }

    /// What can be wrong with the ref of a version.
    public enum RefDamage {
        /// Its bytes are not a digest, or cannot be read.
        case unreadable(StoreError)
        /// It is gone, and nobody removed it.
        case lost
    }
}
