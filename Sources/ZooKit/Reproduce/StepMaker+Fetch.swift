import Glibc
internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore
internal import ZooTensor

extension StepMaker {
    /// Takes a model's files again from one of the places it came from.
    ///
    /// - Throws: `Obstacle` when no place has them any more.
    func fetch(
        _ manifest: Manifest, _ digest: ContentDigest, as name: ModelName, progress: (Int, Int?) -> Void
    ) throws -> ContentDigest {
        var reasons: [String] = []
        for record in try store.records.list(digest).filter({ ["pulled", "imported"].contains($0.kind) }) {
            guard let source = record.body["source"]?.string else { continue }
            do {
                let made = try take(source, record, manifest, as: name, progress: progress)
                let found = try scratchStore.manifest(made).files
                let missing = manifest.files.first { file in !found.contains { $0.path == file.path } }
                let changed = found.first { file in manifest.file(file.path)?.digest != file.digest }
                guard let other = changed ?? missing else { return made }
                reasons.append("\(source) holds something else now: \(other.path)")
            } catch let error as StoreError where Self.isOfSource(error) {
                reasons.append(error.message)
            } catch let error as CheckpointError {
                reasons.append("\(source) holds something else now: \(error.message)")
            } catch let error as Obstacle {
                reasons.append(error.reason)
            }
        }
        throw Obstacle(reasons.isEmpty ? "it is not recorded where it came from" : reasons.joined(separator: "; "))
    }

    private func take(
        _ source: String, _ record: Record, _ manifest: Manifest, as name: ModelName, progress: (Int, Int?) -> Void
    ) throws -> ContentDigest {
        let writer = try scratchStore.writer()
        let only = FileFilter(paths: manifest.files.map(\.path))
        let taken: TakenModel
        if record.kind == "pulled" {
            guard let mark = source.firstRange(of: ": ") else { throw Obstacle("\(source) is no mirror") }
            let mirror = try store.mirrors.mirror(String(source[..<mark.lowerBound]))
            guard !request.isOffline || !mirror.isRemote else {
                throw Obstacle("\(mirror.name) is not asked with --offline")
            }
            let place = record.body["repository"]?.string ?? String(source[mark.upperBound...])
            let revision = (record.body["commit"] ?? record.body["revision"])?.string
            guard let model = try mirror.find(place, revision: revision) else {
                throw Obstacle("\(mirror.name) no longer has \(place)")
            }
            var options = TakeOptions()
            options.only = only
            taken = try mirror.take(
                try model.keeping(only), into: writer, options: options, cutter: Registry.cutter
            ) { progress($0, $1) }
        } else {
            taken = try writer.take(try ModelLocation(at: source), only: only, cutter: Registry.cutter) {
                progress($0, $1)
            }
        }
        var made = Manifest(
            files: taken.files, licences: taken.licences,
            derivation: Derivation(
                operation: manifest.derivation.operation, inputs: taken.inputs, parameters: taken.parameters,
                numericsVersion: numericsVersion))
        try scratch.describe(&made, in: scratchStore)
        return try writer.commit(made, as: name).version.manifest
    }

    /// Whether an error tells of the place a model comes from, not of this machine.
    private static func isOfSource(_ error: StoreError) -> Bool {
        switch error {
        case .file(let error): ![ENOSPC, EDQUOT, ENOMEM].contains(error.code)
        case .readOnly, .locked, .noLocks: false
        default: true
        }
    }
}
