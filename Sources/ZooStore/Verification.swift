import Glibc
import ZooBase

/// What a check of the whole store found.
public struct VerificationReport: Sendable {
    /// One damaged thing.
    public struct Problem: Sendable, Hashable {
        /// The path, relative to the home folder.
        public let path: String
        /// What is wrong with it.
        public let reason: String
        /// The versions and files that need it, in words: `reviews@1 model.safetensors`.
        public let affects: [String]
    }
    /// Versions whose manifests were read.
    public let versions: Int
    /// Blobs whose bytes were hashed.
    public let blobs: Int
    /// Bytes hashed.
    public let byteCount: Int
    /// What is damaged, by path.
    public let problems: [Problem]
}

extension Store {
    /// Hashes every blob and reads every ref, manifest, record and run.
    ///
    /// - Parameter progress: told the bytes hashed and the bytes there are.
    public func verify(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws(StoreError)
        -> VerificationReport
    {
        var problems: [VerificationReport.Problem] = []
        func report(_ path: String, _ reason: String, _ affects: [String]) {
            let relative = path.hasPrefix(home + "/") ? String(path.dropFirst(home.count + 1)) : path
            problems.append(VerificationReport.Problem(path: relative, reason: reason, affects: affects))
        }
        func report(_ error: StoreError, _ path: String, _ affects: [String]) {
            if case .damaged(let place, let reason) = error {
                report(place, reason, affects)
            } else {
                report(path, error.message, affects)
            }
        }

        var users: [ContentDigest: [String]] = [:]
        for name in try refs.names() {
            for number in try refs.numbers(name) {
                let path = "\(layout.versions(name))/\(number)"
                do throws(StoreError) {
                    if let digest = try refs.version(name, number) {
                        users[digest, default: []].append("\(name)@\(number)")
                    }
                } catch { report(error, path, ["\(name)@\(number)"]) }
            }
            for alias in try refs.aliases(name) {
                do throws(StoreError) { _ = try refs.alias(name, alias) } catch {
                    report(error, "\(layout.aliases(name))/\(alias)", ["\(name):\(alias)"])
                }
            }
        }
        var needed: [ContentDigest: (size: Int, affects: Set<String>)] = [:]
        for (digest, names) in users.sorted(by: { $0.key < $1.key }) {
            do throws(StoreError) {
                let manifest = try manifest(digest)
                for file in manifest.files + manifest.attachments {
                    for segment in file.segments {
                        needed[segment.digest, default: (segment.size, [])].affects.formUnion(
                            names.map { "\($0) \(file.path)" })
                    }
                }
            } catch { report(error, layout.manifest(digest), names) }
            do throws(StoreError) { _ = try records.list(digest) } catch {
                report(error, layout.records(digest), names)
            }
        }
        for run in try runs.list() {
            do throws(StoreError) { _ = try runs.read(run.id) } catch {
                report(error, FilePaths.join(layout.runs, run.id), ["run \(run.id)"])
            }
        }

        let present = try blobs.all()
        let total = present.reduce(0) { $0 + $1.size }
        var done = 0
        for blob in present {
            let affects = (needed.removeValue(forKey: blob.digest)?.affects ?? []).sorted()
            do throws(StoreError) {
                let storage = try blobs.open(blob.digest, size: blob.size, verify: true)
                storage.relinquish(0..<storage.byteCount)
            } catch {
                let reason: String
                if case .damagedBlob(_, _, _, let found) = error {
                    reason = "holds \(found ?? "nothing")"
                } else {
                    reason = error.message
                }
                report(blobs.path(of: blob.digest), reason, affects)
            }
            done += blob.size
            progress(done, total)
        }
        for (digest, need) in needed { report(blobs.path(of: digest), "is missing", need.affects.sorted()) }
        return VerificationReport(
            versions: users.values.reduce(0) { $0 + $1.count }, blobs: present.count, byteCount: total,
            problems: problems.sorted { ($0.path, $0.reason) < ($1.path, $1.reason) })
    }
}
