internal import ZooBase
internal import ZooCheckpoint

extension Registry {
    /// What differs between two files, folders or versions: tensors paired by name, then by content.
    public func diff(_ first: String, _ second: String) throws -> DiffResult {
        let files = try [first, second].map { try ModelFiles($0, in: reading, verify: true) }
        let (one, other) = (try files[0].checkpoint(), try files[1].checkpoint())
        let aligned = (
            first: try NameMaps.aligned(one, configuration: try? files[0].configuration()),
            second: try NameMaps.aligned(other, configuration: try? files[1].configuration())
        )
        let diff = try CheckpointDiff.compare(one, other, aligned: aligned)
        var notes = diff.metadata.map { change in
            "metadata \(change.name): \(Self.short(change.first)) → \(Self.short(change.second))"
        }
        // Told, and counts for nothing: what two formats keep as metadata, each for its own programs, and what is written
        // into every safetensors file that says nothing itself.
        let usual = Set(SafetensorsLayout.usualMetadata.map { $0.name })
        var isSame = diff.hasSameWeights && diff.metadata.allSatisfy { usual.contains($0.name) }
        if diff.formats[0] != diff.formats[1] {
            notes.append("format: \(diff.formats[0]) → \(diff.formats[1])")
            isSame = diff.hasSameWeights
        }
        let told = notes.count
        if diff.isResharded {
            notes.append("files: \(diff.files[0].count) → \(diff.files[1].count)")
        }
        notes += try Self.configurationChanges(files)
        if let a = files[0].bytes("vocab.txt"), let b = files[1].bytes("vocab.txt"), a != b {
            let (old, new) = (Set(a.split(separator: 10)), Set(b.split(separator: 10)))
            notes.append(
                "vocabulary: \(old.subtracting(new).count) pieces are gone, \(new.subtracting(old).count) are new")
        }
        let changes = diff.entries.filter { !$0.isSame }.map { entry in
            (name: entry.name, what: Self.what(entry), figures: Self.figures(entry))
        }
        return DiffResult(
            sources: files.map(\.source), isSame: isSame && notes.count == told, changes: changes,
            groups: diff.groups.map { ($0.name, $0.tensorCount, $0.changedCount, $0.relativeChange) }, notes: notes,
            details: diff.json)
    }

    private static func what(_ entry: CheckpointDiff.Entry) -> String {
        var text = entry.differences.joined(separator: ", ")
        if entry.isRenamed, let name = entry.second?.name { text += " (now \(name))" }
        if entry.isRecast, let a = entry.first?.dtype.rawValue, let b = entry.second?.dtype.rawValue {
            text += " (\(a) → \(b))"
        }
        if entry.isReshaped, let a = entry.first?.shape, let b = entry.second?.shape { text += " (\(a) → \(b))" }
        return text
    }

    private static func figures(_ entry: CheckpointDiff.Entry) -> String {
        guard let elements = entry.elements else { return "" }
        let relative = elements.relativeL2.isNaN ? "-" : String(Float(elements.relativeL2))
        let share = 100 * elements.changedShare
        let infinite = elements.nonFiniteCount
        return "largest \(Float(elements.largest)), relative \(relative), \((share * 10).rounded() / 10) % changed"
            + (infinite > 0 ? ", \(Counted(infinite, "value")) infinite or NaN in one of the two" : "")
    }

    private static func short(_ text: String?) -> String {
        guard let text else { return "nothing" }
        return text.count > 60 ? text.prefix(60) + "…" : text
    }

    private static func configurationChanges(_ files: [ModelFiles]) throws -> [String] {
        guard let a = try? files[0].configuration().members, let b = try? files[1].configuration().members else {
            return []
        }
        let names = Set((a + b).map { ExactString($0.name) }).sorted().map(\.text)
        return names.compactMap { name in
            let (old, new) = (
                a.first { $0.name == name }?.value.text(.compact), b.first { $0.name == name }?.value.text(.compact)
            )
            return old == new ? nil : "config.json \(name): \(short(old)) → \(short(new))"
        }
    }
}
