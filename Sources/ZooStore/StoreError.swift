import Glibc
public import ZooBase

/// What can go wrong in the store.
public enum StoreError: ZooFailure, Equatable {
    /// A system call failed.
    case file(FileError)
    /// A text that is not a model name.
    case invalidName(text: String, reason: String)
    /// A text that is not an alias.
    case invalidAlias(text: String, reason: String)
    /// A text that is not a mirror's name.
    case invalidMirrorName(text: String, reason: String)
    /// A text that is not a reference.
    case invalidReference(text: String, reason: String)
    /// No model has this name; `hasFile` when a file of that name lies in the working folder.
    case unknownModel(name: String, suggestions: [String], hasFile: Bool)
    /// The model has no version of this number.
    case unknownVersion(name: String, number: Int, existing: [Int])
    /// The model has no alias of this name.
    case unknownAlias(name: String, alias: String, existing: [String])
    /// No version's digest begins so.
    case unknownDigest(prefix: String)
    /// Several versions' digests begin so.
    case ambiguousDigest(prefix: String, candidates: [String])
    /// A path was given where a version in the registry is needed.
    case notAVersion(path: String)
    /// A blob that is missing (`found` nil) or whose bytes are not the ones it is named by.
    case damagedBlob(digest: ContentDigest, path: String, file: String, found: String?)
    /// A manifest, ref, record or run that cannot be read.
    case damaged(path: String, reason: String)
    /// A version of which it cannot be told what it needs, so that nothing may be removed.
    case blocksCollection(version: String, reason: String)
    /// A writing verb on a store opened for reading.
    case readOnly(home: String)
    /// Another command holds the lock.
    case locked(path: String, what: String, seconds: Int)
    /// A file system that cannot lock files.
    case noLocks(path: String)
    /// A protected alias that was to be moved.
    case aliasIsProtected(alias: String, version: String)
    /// A text that is no condition on a metric.
    case invalidCondition(text: String)
    /// A version that others were derived from.
    case hasDependents(version: String, dependents: [String])
    /// A version that aliases point at.
    case hasAliases(version: String, aliases: [String])
    /// No run has this identifier.
    case unknownRun(id: String, existing: [String])
    /// A run that a living process works on.
    case runIsLive(id: String)
    /// A parent named by a derivation is not in the registry.
    case unknownParent(digest: ContentDigest)
    /// No mirror has this name.
    case unknownMirror(name: String, existing: [String])
    /// A folder that is not there.
    case noFolder(path: String)
    /// A mirror that cannot be used.
    case invalidMirror(name: String, reason: String)
    /// No mirror holds a model of this name.
    case unknownMirrorModel(name: String, suggestions: [String], mirrors: [String])
    /// Several models in the mirrors answer to this name.
    case ambiguousMirrorModel(name: String, candidates: [String])
    /// A folder or archive without a model in it.
    case noModel(path: String)
    /// An archive that cannot be read.
    case unreadableArchive(path: String, reason: String)
    /// An archive entry that is refused.
    case hostileEntry(archive: String, entry: String, reason: String)
    /// A source that changed while it was read.
    case sourceChanged(path: String)
    /// A mirror that could not be reached, or did not answer as it should after several tries.
    case network(mirror: String, url: String, reason: String)
    /// A mirror that was asked and will not give it, however often it is asked.
    case refused(mirror: String, url: String, reason: String)
    /// None of several mirrors answered; the first of them said why.
    indirect case noMirrorAnswers(count: Int, first: StoreError)
    /// An address of which it could not be found out what it is.
    indirect case unknownKind(first: StoreError)
    /// Mirrors that failed, of which the user was told as it happened, and no other gives the model.
    indirect case passedOver(model: String, failed: [String], first: StoreError)
    /// A mirror that answers what cannot be right.
    case mirrorFault(mirror: String, place: String, reason: String)
    /// Content that is not what the mirror itself states.
    case failedDigest(mirror: String, file: String, stated: String, found: String)
    /// A model that has no such revision.
    case unknownRevision(name: String, revision: String, mirror: String, reason: String)
    /// A mirror on another machine, and the network was not to be used.
    case offline(mirrors: [String])
    /// A pattern that no file of the model matches.
    case noFileMatches(pattern: String, model: String)

    /// The sort of failure.
    public var kind: FailureKind {
        switch self {
        case .file(let error): error.kind
        case .noMirrorAnswers(_, let first), .unknownKind(let first), .passedOver(_, _, let first): first.kind
        case .invalidName, .invalidAlias, .invalidMirrorName, .invalidReference, .notAVersion: .usage
        case .hasDependents, .hasAliases, .ambiguousDigest, .ambiguousMirrorModel, .aliasIsProtected: .usage
        case .invalidCondition: .usage
        case .unknownModel, .unknownVersion, .unknownAlias, .unknownDigest, .unknownRun, .unknownParent: .notFound
        case .unknownMirror, .unknownMirrorModel, .noFolder, .noModel, .unknownRevision, .noFileMatches: .notFound
        case .damagedBlob, .damaged, .blocksCollection, .failedDigest: .damaged
        case .readOnly, .locked, .noLocks, .runIsLive, .sourceChanged, .network, .refused, .offline: .resource
        case .mirrorFault, .invalidMirror, .unreadableArchive, .hostileEntry: .badInput
        }
    }

    /// One line: what, where, expected, found, remedy.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .invalidName(let text, let reason):
            "\(quoted(text)) is not a model name: \(reason); "
                + "a name is lower-case letters, digits, '.', '_' and '-', with at most one '/' (reviews, team/reviews)"
        case .invalidAlias(let text, let reason):
            "\(quoted(text)) is not an alias: \(reason); "
                + "an alias starts with a letter, then letters, digits, '.', '_' and '-' (production)"
        case .invalidMirrorName(let text, let reason):
            "\(quoted(text)) cannot be the name of a mirror: \(reason); "
                + "it starts with a letter, then letters, digits, '.', '_' and '-' (lab)"
        case .invalidReference(let text, let reason):
            "\(quoted(text)) is not a reference: \(reason); "
                + "write NAME, NAME@3, NAME:alias, sha256:PREFIX (8 digits or more) or a path that begins with ./ or /"
        case .unknownModel(let name, let suggestions, let hasFile):
            "no model \(quoted(name)) in the registry" + didYouMean(suggestions)
                + (hasFile ? "; for the file of that name write ./\(name)" : "; `zoo ls` lists what is there")
        case .unknownVersion(let name, let number, let existing):
            "\(name) has no version \(number); it has \(list(existing.map { "@\($0)" }))"
        case .unknownAlias(let name, let alias, let existing):
            "\(name) has no alias \(quoted(alias)); "
                + (existing.isEmpty
                    ? "`zoo tag \(name) \(alias)` gives it one" : "it has \(list(existing.map { ":" + $0 }))")
        case .unknownDigest(let prefix):
            "no version's digest begins with sha256:\(prefix); `zoo ls` lists what is there"
        case .ambiguousDigest(let prefix, let candidates):
            "sha256:\(prefix) names several versions: \(list(candidates)); write more digits"
        case .notAVersion(let path):
            "\(path) is a path, not a version in the registry; `zoo import \(path) --as NAME` puts it there"
        case .damagedBlob(let digest, let path, let file, let found):
            "damaged: \(file) needs blob \(digest.short) at \(path), which "
                + (found.map { "holds \($0)" } ?? "is missing")
                + "; `zoo verify --heal` brings back what was pulled or imported and sets the rest aside, "
                + "which the command that computed it then makes again"
        case .damaged(let path, let reason):
            "damaged: \(path): \(reason); `zoo verify` lists everything that is affected"
        case .blocksCollection(let version, let reason):
            "nothing is removed, since what \(version) needs cannot be told: \(reason); "
                + "`zoo verify --heal` tries to put it right, `zoo rm \(version) --force` takes it away"
        case .readOnly(let home): "the registry at \(home) is open for reading only; choose another place with ZOO_HOME"
        case .locked(let path, let what, let seconds):
            "\(what) (waited \(seconds) s for \(path)); wait until it ends and run the command again"
        case .noLocks(let path):
            "the file system of \(path) cannot lock files, so two commands could destroy each other's work; "
                + "choose a place on a local disk with ZOO_HOME"
        case .aliasIsProtected(let alias, let version):
            "\(alias) is protected and stays at \(version); `zoo tag \(version) \(name(alias)) --unprotect` frees it, "
                + "--force moves it all the same"
        case .invalidCondition(let text):
            "\(quoted(text)) is not a condition on a metric; write NAME, one of > >= < <= =, and a number (accuracy>0.9)"
        case .hasDependents(let version, let dependents):
            "\(version) stays: derived from it \(dependents.count == 1 ? "is" : "are") \(list(dependents)); "
                + "remove \(dependents.count == 1 ? "it" : "these") first, or all with --with-descendants"
        case .hasAliases(let version, let aliases):
            "\(version) stays: \(list(aliases)) \(aliases.count == 1 ? "points" : "point") at it; "
                + "move \(aliases.count == 1 ? "the alias" : "them") with `zoo tag` first, or take it away with "
                + "`zoo tag \(version) \(name(aliases.first ?? "")) --remove`"
        case .unknownRun(let id, let existing):
            "no run \(quoted(id))" + (existing.isEmpty ? "; there are none" : "; there are \(list(existing))")
        case .runIsLive(let id): "run \(id) is in use by another zoo process; wait until it ends, or stop it"
        case .unknownParent(let digest):
            "the parent version \(digest.short) is no longer in the registry; pull or make it again first"
        case .unknownMirror(let name, let existing):
            "no mirror \(quoted(name)); "
                + (existing.isEmpty ? "`zoo mirror add NAME FOLDER` adds one" : "there are \(list(existing))")
        case .noFolder(let path): "there is no folder \(path)"
        case .invalidMirror(let name, let reason): "mirror \(quoted(name)) cannot be used: \(reason)"
        case .unknownMirrorModel(let name, let suggestions, let mirrors):
            mirrors.isEmpty
                ? "no mirror is known to hold \(quoted(name)); `zoo mirror add NAME FOLDER` adds one"
                : "no model \(quoted(name)) in \(list(mirrors))" + didYouMean(suggestions)
                    + "; `zoo search` lists what is there"
        case .ambiguousMirrorModel(let name, let candidates):
            "\(quoted(name)) names several models: \(list(candidates)); write one of these in full"
        case .noModel(let path): "no model in \(path): expected a folder that holds config.json beside weights"
        case .unreadableArchive(let path, let reason):
            "cannot read the archive \(path): \(reason); fetch it again if it is incomplete or damaged"
        case .hostileEntry(let archive, let entry, let reason):
            "refused \(archive): entry \(quoted(entry)) \(reason); nothing was stored"
        case .sourceChanged(let path): "\(path) changed while it was read; run the command again"
        case .network(let mirror, _, _):
            statement + "; run the command again to go on, or `zoo mirror check \(mirror)`"
        case .refused(let mirror, _, _): statement + "; `zoo mirror check \(mirror)` asks it again"
        case .unknownKind(let first):
            first.statement + "; nothing was added: with --kind static or --kind hub nobody is asked what it is"
        case .passedOver(let model, let failed, _):
            "no other mirror gives \(quoted(model)); run the command again, or `zoo mirror check"
                + (failed.count == 1 ? " \(failed[0])" : "") + "`"
        case .noMirrorAnswers(let count, let first):
            "none of the \(count) mirrors answers; the first of them: \(first.message)"
        case .mirrorFault(let mirror, let place, let reason):
            "mirror \(quoted(mirror)): \(place): \(reason); nothing was stored"
        case .failedDigest(let mirror, let file, let stated, let found):
            "mirror \(quoted(mirror)): \(file) is not what the mirror says it is: stated \(stated), received \(found); "
                + "nothing was stored: try another mirror (--from), or tell whoever runs this one"
        case .unknownRevision(let name, let revision, let mirror, let reason):
            "mirror \(quoted(mirror)) has no revision \(quoted(revision)) of \(name): \(reason)"
        case .offline(let mirrors):
            "\(list(mirrors)) \(mirrors.count == 1 ? "is" : "are") not asked with --offline, "
                + "and no folder holds the model; leave --offline out"
        case .noFileMatches(let pattern, let model):
            "no file of \(model) matches \(quoted(pattern)); `zoo pull \(model) --dry-run` lists its files"
        }
    }

    /// What and where, for those who say themselves what to do next.
    public var statement: String {
        switch self {
        case .network(let mirror, let url, let reason), .refused(let mirror, let url, let reason):
            "mirror \(quoted(mirror)): \(url): \(reason)"
        default: message
        }
    }

    /// Whether the system failed (no permission, no memory, an I/O error), which says nothing about the bytes.
    var isOfSystem: Bool {
        guard case .file(let error) = self else { return false }
        return ![ENOENT, ENOTDIR, EISDIR, ENXIO, ELOOP].contains(error.code)
    }

    /// Whether another mirror may do better.
    var isOfMirror: Bool {
        switch self {
        case .network, .refused, .mirrorFault, .failedDigest, .invalidMirror, .unknownRevision: true
        case .unreadableArchive, .hostileEntry: true
        default: false
        }
    }

    private func quoted(_ text: String) -> String {
        let shown = String(text.unicodeScalars.prefix(100)).printable
        return "\"" + shown + (text.unicodeScalars.count > 100 ? "…" : "") + "\""
    }

    /// The alias in `reviews:production`.
    private func name(_ alias: String) -> String { alias.split(separator: ":").last.map { String($0) } ?? alias }

    private func list(_ items: [String]) -> String {
        guard items.count > 12 else { return items.joined(separator: ", ") }
        return items.prefix(12).joined(separator: ", ") + " and \(items.count - 12) more"
    }

    private func didYouMean(_ suggestions: [String]) -> String {
        suggestions.isEmpty ? "" : " (did you mean \(suggestions.joined(separator: " or "))?)"
    }
}

/// Runs file operations and wraps what they throw.
func io<Result>(_ body: () throws(FileError) -> Result) throws(StoreError) -> Result {
    do { return try body() } catch { throw .file(error) }
}
