internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore
internal import ZooTensor

extension Registry {
    /// Makes a version again from where its lineage begins, in a scratch registry, and compares weights and files.
    ///
    /// Steps that cannot be made again are taken as the registry holds them. Nothing in the registry changes.
    ///
    /// - Parameters:
    ///   - isStopped: asked between steps and by training; once true, `KitError.stopped` is thrown.
    ///   - emit: told what happens.
    public func reproduce(
        _ request: ReproduceRequest, isStopped: () -> Bool, emit: (ReproduceEvent) -> Void
    ) throws -> ReproduceResult {
        guard request.bound >= 0, request.bound.isFinite else {
            throw KitError.invalidOption(name: "--bound", value: "\(request.bound)", expected: "a number from 0 on")
        }
        let clock = ContinuousClock()
        let start = clock.now
        let version = try reading.version(request.reference)
        var reproduction = try Reproduction(of: version.manifest, request, registry: self)
        let steps = try reproduction.run(isStopped: isStopped, emit: emit)
        return ReproduceResult(
            version: version.description, outcome: reproduction.outcome(steps), steps: steps,
            kernelSet: KernelSet.current.line, bound: request.bound, seconds: (clock.now - start).seconds)
    }
}

/// A chain of derivations on its way.
private struct Reproduction {
    private let target: ContentDigest
    private let request: ReproduceRequest
    private let store: Store
    private let folder: ScratchFolder
    private let maker: StepMaker
    /// Parents before children.
    private let order: [ContentDigest]
    private let names: [ContentDigest: [ModelVersion]]
    /// What stands in the scratch registry for each recorded version.
    private var stand: [ContentDigest: ContentDigest] = [:]
    /// Recorded versions whose stand-in has other bytes, for a reason that is known.
    private var inexact: Set<ContentDigest> = []

    init(of target: ContentDigest, _ request: ReproduceRequest, registry: Registry) throws {
        self.target = target
        self.request = request
        store = registry.reading
        folder = try ScratchFolder(for: store)
        let scratch = Registry(home: FilePaths.join(folder.path, "registry")) { registry.tell($0) }
        maker = StepMaker(
            store: store, scratch: scratch, workFolder: folder.path, given: try GivenInputs(request.inputs),
            request: request)
        order = try Self.order(target, in: store)
        names = try store.versions(being: Set(order))
    }

    private static func order(_ target: ContentDigest, in store: Store) throws -> [ContentDigest] {
        var order: [ContentDigest] = []
        var seen: Set<ContentDigest> = []
        func visit(_ digest: ContentDigest) throws {
            guard seen.insert(digest).inserted else { return }
            for parent in try store.manifest(digest).derivation.parents where store.holds(parent) { try visit(parent) }
            order.append(digest)
        }
        try visit(target)
        return order
    }

    mutating func run(isStopped: () -> Bool, emit: (ReproduceEvent) -> Void) throws -> [ReproduceResult.Step] {
        let clock = ContinuousClock()
        var steps: [ReproduceResult.Step] = []
        try checkBytes()
        for (index, digest) in order.enumerated() {
            guard !isStopped() else { throw KitError.stopped }
            let start = clock.now
            let manifest = try store.manifest(digest)
            var step = ReproduceResult.Step(
                names: (names[digest] ?? []).sorted().map(\.description), digest: digest,
                operation: manifest.derivation.operation)
            step.recordedWeights = manifest.weightsDigest
            emit(
                .began(
                    step: index + 1, of: order.count, title: step.title, operation: manifest.derivation.operation))
            do {
                try make(&step, manifest, isStopped: isStopped, emit: emit)
            } catch let obstacle as Obstacle {
                step.reason = obstacle.reason
                try keep(&step)
            }
            step.seconds = (clock.now - start).seconds
            emit(.finished(step))
            steps.append(step)
            // What comes after could only differ too.
            if step.action == .made, !step.isIdentical, !inexact.contains(digest) { break }
        }
        return steps
    }

    /// Says before hours of work what cannot be done for want of bytes.
    ///
    /// - Throws: `StoreError.damagedBlob` for those that a step needs.
    private func checkBytes() throws {
        for digest in order {
            let manifest = try store.manifest(digest)
            try maker.checkBytes(for: manifest)
            let segments = manifest.files.flatMap(\.segments)
            guard let excuse = excuse(manifest),
                let lost = segments.first(where: { !store.blobs.contains($0.digest, size: $0.size) })
            else { continue }
            maker.scratch.tell(
                "\(names[digest]?.first?.description ?? "sha256:\(digest.short)") was \(excuse), and its blob "
                    + "\(lost.digest.short) is missing: should tensors differ, by how much cannot be told")
        }
    }

    private mutating func make(
        _ step: inout ReproduceResult.Step, _ manifest: Manifest, isStopped: () -> Bool,
        emit: (ReproduceEvent) -> Void
    ) throws {
        let parents = try manifest.derivation.parents.map { parent in
            guard let stand = stand[parent] else {
                throw Obstacle(
                    "it needs sha256:\(parent.short), which could not be made again and is not in the registry")
            }
            return stand
        }
        let made = try maker.make(
            manifest, digest: step.digest, from: parents, number: stand.count + 1, isStopped: isStopped, emit: emit)
        stand[step.digest] = made
        let found = try maker.scratchStore.manifest(made)
        step.foundWeights = found.weightsDigest
        do {
            try compare(&step, manifest, found, made)
        } catch let error as StoreError {
            guard case .damagedBlob = error else { throw error }
            // What was made is not given up for what is lost.
            step.reason = "by how much it differs cannot be told: \(error.message)"
        }
        guard !step.isIdentical, let excuse = excuse(manifest) else { return }
        step.reason = [excuse, step.reason].compactMap(\.self).joined(separator: "; ")
        inexact.insert(step.digest)
    }

    /// Says which files and tensors differ.
    ///
    /// The recorded bytes may be damaged or gone, and digests tell what is the same: those bytes are opened only for what
    /// digests do not tell.
    private func compare(
        _ step: inout ReproduceResult.Step, _ recorded: Manifest, _ found: Manifest, _ made: ContentDigest
    ) throws {
        let paths = Set((recorded.files + found.files).map { ExactString($0.path) })
        step.differingFiles = paths.sorted().map(\.text).filter { recorded.file($0)?.digest != found.file($0)?.digest }
        // A file that was hashed whole on one side only has two digests.
        step.differingFiles = try step.differingFiles.filter { path in
            guard let one = recorded.file(path), let other = found.file(path), one.size == other.size,
                one.isHashedWhole != other.isHashedWhole
            else { return true }
            return try one.segments != other.segments
                && Self.wholeDigest(one, in: store) != Self.wholeDigest(other, in: maker.scratchStore)
        }
        guard recorded.weightsDigest != found.weightsDigest, !step.differingFiles.isEmpty else { return }
        let files = try ModelFiles(manifest: step.digest, called: step.title, in: store, verify: true)
        let again = try ModelFiles(manifest: made, called: step.title, in: maker.scratchStore, verify: false)
        let differences = try TensorDifferences(recorded: try files.weights(), made: try again.weights())
        (step.first, step.largest) = (differences.first, differences.largest)
    }

    private static func wholeDigest(_ file: StoredFile, in store: Store) throws(StoreError) -> ContentDigest {
        file.isHashedWhole ? file.digest : try store.open(file, verify: true).digest
    }

    /// Why other bits are to be expected; nil when they are not.
    private func excuse(_ manifest: Manifest) -> String? {
        let derivation = manifest.derivation
        if derivation.numericsVersion != numericsVersion {
            return "made with numerics version \(derivation.numericsVersion); this program has \(numericsVersion)"
        }
        if let kernelSet = manifest.kernelSet, kernelSet != KernelSet.current.line {
            return "made on other kernels: \(kernelSet)"
        }
        return derivation.parents.contains(where: inexact.contains) ? "a step before it differs" : nil
    }

    /// Takes the recorded version as it is for the steps after it.
    private mutating func keep(_ step: inout ReproduceResult.Step) throws {
        step.action = .kept
        guard try store.manifest(step.digest).derivation.parents.allSatisfy(store.holds) else {
            // Nothing can be made of it without what explains it; of the version itself nothing is made.
            if step.digest != target { step.action = .missing }
            return
        }
        do {
            stand[step.digest] = try maker.adopt(step.digest, number: stand.count + 1)
        } catch let error as StoreError {
            guard case .damagedBlob(_, _, _, found: nil) = error else { throw error }
            step.action = .missing
        }
    }

    func outcome(_ steps: [ReproduceResult.Step]) -> ReproduceResult.Outcome {
        guard let last = steps.last, last.digest == target else { return .differs }
        guard last.action == .made else { return .notPossible }
        if last.isIdentical { return .identical }
        guard inexact.contains(target), let largest = last.largest?.relative, largest <= request.bound,
            last.differingFiles.allSatisfy(ModelFiles.isWeights)
        else { return .differs }
        return .withinBound
    }
}

extension ModelFiles {
    /// Whether a file of this name holds weights.
    fileprivate static func isWeights(_ path: String) -> Bool { WeightFiles.choose(among: [path]) != nil }
}
