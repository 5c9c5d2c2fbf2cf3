internal import Catalogue
internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore

extension Registry {
    /// Attaches, takes over, drops or relabels the head of a version, as a version derived from it.
    ///
    /// `announce` is told what will be done before anything is written.
    public func head(_ request: HeadRequest, announce: (HeadResult) -> Void) throws -> HeadResult {
        let store = reading
        let version = try store.version(request.source)
        let files = try ModelFiles(version, in: store, verify: true)
        let change = try HeadChange(request.action, files: files, store: store)
        var result = HeadResult(
            source: version.description, action: change.summary, labelsBefore: files.manifest?.labels ?? [],
            labels: change.labels)
        announce(result)
        guard !request.isDryRun else { return result }
        var usual = version.name
        if case .attach(let task, _, _) = request.action { usual = try ModelName("\(version.name)-\(task)") }
        let name = try request.name.map { name in try ModelName(name) } ?? usual
        let checkpoint = try files.weights()
        let output = ModelOutput(
            state: change.state, metadata: Self.metadata(checkpoint, adding: [], SafetensorsFormat.self),
            companions: files.companions(of: checkpoint))
        let own = files.derivation("head", parameters: change.parameters)
        let derivation = Derivation(
            operation: own.operation, parents: own.parents + change.otherParents, inputs: own.inputs,
            parameters: own.parameters, numericsVersion: own.numericsVersion)
        let written = try output.commit(as: name, derivation: derivation, registry: self) { manifest in
            files.inherit(into: &manifest)
            (manifest.task, manifest.head, manifest.labels) = (change.task, change.head, change.labels)
        }
        result.version = written.destination
        result.weightsDigest = written.weightsDigest
        result.alreadyExisted = written.alreadyExisted
        return result
    }
}

/// A head's change with everything decided.
private struct HeadChange {
    var summary: String
    var state: StateDict
    var task: String?
    var head: JSON?
    var labels: [String]
    var parameters: [JSONMember]
    var otherParents: [ContentDigest] = []

    private static let weight = "classifier.weight"
    private static let bias = "classifier.bias"

    init(_ action: HeadRequest.Action, files: ModelFiles, store: Store) throws {
        let manifest = files.manifest
        let before = manifest?.labels ?? []
        let state = StateDict(try files.weights())
        (task, head, labels) = (manifest?.task, manifest?.head, before)
        switch action {
        case .attach(let task, let labels, let seed):
            let description = try Catalogue.task(task)
            try Self.check(labels)
            guard labels.count > 1 || description.kind == .regression else {
                throw KitError.contradiction("--labels names one label; \(task) needs at least two to choose from")
            }
            let model = try SequenceClassifier.load(
                tensors: try files.weights().views(), configuration: try files.configuration(),
                head: HeadSpecification(labelCount: labels.count, source: .fresh(seed: UInt64(seed))))
            self.state = try StateDict(try model.tensorsForSaving())
            self.task = task
            self.labels = labels
            head = ["kind": .string(description.kind.rawValue), "outputs": .integer(labels.count)]
            summary = "a new head for \(task), made from seed \(seed)"
            parameters = [
                JSONMember("action", "attach"), JSONMember("task", .string(task)),
                JSONMember("labels", .array(labels.map { .string($0) })), JSONMember("seed", .integer(seed)),
            ]
        case .take(let other, let force):
            let version = try store.version(other)
            let source = try ModelFiles(version, in: store, verify: true)
            guard let theirs = source.manifest, !theirs.labels.isEmpty else {
                throw KitError.noHead(version: version.description)
            }
            if !force { try Self.checkBase(files, source, in: store) }
            let tensors = StateDict(try source.weights())
            guard let weight = tensors[Self.weight], let bias = tensors[Self.bias] else {
                throw KitError.noHead(version: version.description)
            }
            guard let width = (try files.configuration())["hidden_size"]?.integer,
                weight.info.shape == [theirs.labels.count, width]
            else {
                throw KitError.invalidHead(
                    "the head of \(version.description) is \(weight.info.shape); it does not fit the width of \(files.source)"
                )
            }
            self.state = try StateDict(Self.body(state) + [weight, bias])
            (task, head, labels) = (theirs.task, theirs.head, theirs.labels)
            summary = "the head of \(version.description): \(theirs.labels.joined(separator: ", "))"
            parameters = [JSONMember("action", "take")]
            otherParents = [version.manifest]
        case .drop:
            guard !before.isEmpty else { throw KitError.noHead(version: files.source) }
            self.state = try StateDict(Self.body(state))
            (task, head, labels) = (nil, nil, [])
            summary = "the head is dropped; the base is left"
            parameters = [JSONMember("action", "drop")]
        case .relabel(let wanted):
            guard !before.isEmpty else { throw KitError.noHead(version: files.source) }
            try Self.check(wanted)
            guard wanted.count == before.count else {
                throw KitError.invalidHead(
                    "\(files.source) has \(before.count) labels (\(before.joined(separator: ", ")))")
            }
            guard wanted != before else {
                throw KitError.contradiction("--labels: \(files.source) has these labels in this order already")
            }
            labels = wanted
            parameters = [
                JSONMember("action", "relabel"), JSONMember("labels", .array(wanted.map { .string($0) })),
            ]
            if Set(wanted) == Set(before) {
                let order = wanted.compactMap { before.firstIndex(of: $0) }
                self.state = try Self.reordered(state, order)
                summary = "the labels in another order, the rows of the weights with them"
            } else if Set(wanted).isDisjoint(with: before) {
                self.state = state
                summary = "other names for the labels, in the same order"
            } else {
                throw KitError.invalidHead(
                    "some of these labels are the old ones (\(before.joined(separator: ", "))) and some are not; reorder "
                        + "first, then rename")
            }
        }
    }

    private static func body(_ state: StateDict) -> [CheckpointTensor] {
        state.tensors.filter { ![weight, bias].contains($0.info.name) }
    }

    private static func check(_ labels: [String]) throws(KitError) {
        guard labels.count > 0, labels.allSatisfy({ !$0.isEmpty }) else {
            throw .contradiction("--labels lists the labels, as in negative,positive")
        }
        guard Set(labels).count == labels.count else { throw .contradiction("--labels names a label twice") }
    }

    /// The rows of the head in the order given.
    private static func reordered(_ state: StateDict, _ order: [Int]) throws -> StateDict {
        try StateDict(
            state.tensors.map { tensor in
                guard [weight, bias].contains(tensor.info.name) else { return tensor }
                return try tensor.gathered(axis: 0, runs: order.map { $0..<$0 + 1 })
            })
    }

    /// Fails unless the two versions come from one base.
    private static func checkBase(_ files: ModelFiles, _ other: ModelFiles, in store: Store) throws {
        func origins(_ digest: ContentDigest?) throws -> Set<ContentDigest> {
            var found: Set<ContentDigest> = []
            var pending = digest.map { [$0] } ?? []
            while let next = pending.popLast() {
                guard found.insert(next).inserted else { continue }
                let derivation = try store.manifest(next).derivation
                // What a fine-tune learnt from besides is not what it was made from.
                pending += derivation.operation == "finetune" ? derivation.parents.prefix(1) : derivation.parents[...]
            }
            return found
        }
        guard try origins(files.version).isDisjoint(with: try origins(other.version)) else { return }
        throw KitError.invalidHead(
            "\(other.source) was not made from the base of \(files.source); its head expects other features (--force takes it)"
        )
    }
}
