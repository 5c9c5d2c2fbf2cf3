internal import ZooBase

/// Tensors in another dialect, and what it took.
public struct KeyMapResult: Sendable {
    /// A tensor that the new dialect has no place for.
    public struct Dropped: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Why it may be left out.
        public let reason: String
    }

    /// The tensors, in the order they had; rearranged ones are made when they are asked for.
    public let state: StateDict
    /// What the names were.
    public let source: KeyMapRecognition
    /// What was left out, in order.
    public let dropped: [Dropped]
    /// Sizes of axes, by name, that were given, told by a shape, or assumed: what the way back needs.
    public let sizes: [String: Int]
}

extension KeyMap {
    /// What the new names look like where the dialect leaves a choice; nil is the usual.
    public struct Style: Sendable, Hashable {
        /// What stands before every name.
        public var prefix: String?
        /// What follows every name.
        public var suffix: String?
        /// What stands before the names of the body.
        public var base: String?

        /// Makes a style.
        public init(prefix: String? = nil, suffix: String? = nil, base: String? = nil) {
            self.prefix = prefix
            self.suffix = suffix
            self.base = base
        }

        /// The style that `source` has, for the way back.
        public init(_ source: KeyMapRecognition) {
            self.init(prefix: source.prefix, suffix: source.suffix, base: source.base)
        }
    }

    /// `state` with the names and layouts of the dialect called `target`.
    ///
    /// The dialect it is in is found out unless `source` says. `sizes` gives sizes of axes by name (`heads`) where one
    /// axis becomes several. Nothing is read but tensors that are left out because they repeat another.
    ///
    /// - Throws: `KeyMapError`.
    public func applied(
        to state: StateDict, from source: String? = nil, to target: String, sizes: [String: Int] = [:],
        style: Style = Style()
    ) throws(KeyMapError) -> KeyMapResult {
        let targetIndex = try index(of: target)
        let infos = state.tensors.map(\.info)
        guard let source = try recognized(infos, dialect: source) else {
            throw .notRecognized(map: name, example: infos.first?.name ?? "")
        }
        let uncovered = zip(infos, source.matches).filter { _, match in
            match.map { rules[$0.rule].entries[targetIndex] == nil && rules[$0.rule].dropped == nil } ?? true
        }
        guard uncovered.isEmpty else {
            throw .uncovered(map: name, dialect: target, tensors: uncovered.map { $0.0.name })
        }
        let sizes = try knownSizes(infos, source, given: sizes)
        let kept = source.matches.compactMap { $0 }.filter { rules[$0.rule].entries[targetIndex] != nil }
        let base = style.base ?? usualBase(targetIndex, source, kept)
        let dialect = dialects[targetIndex]
        let prefix =
            style.prefix ?? kept.lazy.compactMap { dialect.headPrefixes[rules[$0.rule].text] }.first ?? dialect.prefix
        var tensors: [CheckpointTensor] = []
        var names: [ExactString: String] = [:]
        var dropped: [KeyMapResult.Dropped] = []
        for (tensor, match) in zip(state.tensors, source.matches.compactMap { $0 }) {
            let rule = rules[match.rule]
            guard let entry = rule.entries[targetIndex], let middle = entry.pattern.name(match.numbers, base: base)
            else {
                guard let reason = rule.dropped else {
                    throw .uncovered(map: name, dialect: target, tensors: [tensor.info.name])
                }
                try checkTwin(tensor, rule, match, state, source)
                dropped.append(KeyMapResult.Dropped(name: tensor.info.name, reason: reason))
                continue
            }
            let new = prefix + middle + (style.suffix ?? dialect.suffixes[0])
            if let other = names.updateValue(tensor.info.name, forKey: ExactString(new)) {
                throw .collision(map: name, name: new, tensors: [other, tensor.info.name])
            }
            let entries = (rule.entries[source.dialectIndex]?.layout, entry.layout)
            tensors.append(try laidOut(tensor, from: entries.0, to: entries.1, sizes).renamed(new))
        }
        do {
            return KeyMapResult(state: try StateDict(tensors), source: source, dropped: dropped, sizes: sizes)
        } catch { throw .checkpoint(error) }
    }

    /// The body's prefix that the source has if this dialect could have it too, otherwise what its own programs write.
    private func usualBase(_ target: Int, _ source: KeyMapRecognition, _ kept: [KeyMapMatch]) -> String {
        guard let base = dialects[target].base else { return "" }
        if dialects[source.dialectIndex].base == base, let text = source.base { return text }
        return kept.allSatisfy { rules[$0.rule].entries[target]?.pattern.hasBase ?? false } ? base.alone : base.besides
    }

    /// Sizes given, then what shapes tell, then what the map assumes where neither says a thing.
    private func knownSizes(
        _ infos: [TensorInfo], _ source: KeyMapRecognition, given: [String: Int]
    ) throws(KeyMapError) -> [String: Int] {
        guard given.isEmpty else { return given }
        var told: [String: Int] = [:]
        for (info, match) in zip(infos, source.matches) {
            guard let match, let layout = rules[match.rule].entries[source.dialectIndex]?.layout else { continue }
            // Only sizes of axes that another dialect merges are worth remembering.
            let merged = Set((layout.source.filter { $0.count > 1 }).flatMap { $0 })
            guard !merged.isEmpty else { continue }
            let sizes = try Self.attempt(info, layout.inverse) { () throws(AxisLayout.Problem) in
                try layout.inverse.sizes(info.shape, known: [:])
            }
            for (name, size) in sizes where merged.contains(name) { told[name] = told[name] ?? size }
        }
        return told.isEmpty ? assumedSizes : told
    }

    private func laidOut(
        _ tensor: CheckpointTensor, from source: AxisLayout?, to target: AxisLayout?, _ sizes: [String: Int]
    ) throws(KeyMapError) -> CheckpointTensor {
        guard source != target else { return tensor }
        var result = tensor
        if let layout = source?.inverse { result = try laidOut(result, layout, sizes) }
        if let target { result = try laidOut(result, target, sizes) }
        return result
    }

    private func laidOut(
        _ tensor: CheckpointTensor, _ layout: AxisLayout, _ known: [String: Int]
    ) throws(KeyMapError) -> CheckpointTensor {
        let sizes = try Self.attempt(tensor.info, layout) { () throws(AxisLayout.Problem) in
            try layout.sizes(tensor.info.shape, known: known)
        }
        do { return try layout.applied(to: tensor, sizes: sizes) } catch { throw .checkpoint(error) }
    }

    private static func attempt(
        _ info: TensorInfo, _ layout: AxisLayout, _ body: () throws(AxisLayout.Problem) -> [String: Int]
    ) throws(KeyMapError) -> [String: Int] {
        do { return try body() } catch {
            let problem =
                switch error {
                case .rank(let expected): "it must have \(expected) axes"
                case .unknownSize(let axis): "the size of \(axis) is not known; give it"
                case .indivisible(let axis): "\(axis) do not divide the axis evenly; give their sizes"
                }
            throw .wrongLayout(tensor: info.name, shape: info.shape, layout: layout.text, problem: problem)
        }
    }

    /// Checks that a tensor which is left out because it repeats another does so.
    private func checkTwin(
        _ tensor: CheckpointTensor, _ rule: Rule, _ match: KeyMapMatch, _ state: StateDict, _ source: KeyMapRecognition
    ) throws(KeyMapError) {
        guard let twin = rule.twin else { return }
        let other = zip(state.tensors, source.matches).first { _, other in
            other.map { rules[$0.rule].text == twin.text && $0.numbers == match.numbers } ?? false
        }?.0
        guard let other else { throw .notTied(tensor: tensor.info.name, other: twin.text) }
        do {
            guard try tensor.hasEqualElements(other) else {
                throw KeyMapError.notTied(tensor: tensor.info.name, other: other.info.name)
            }
        } catch let error as CheckpointError {
            throw .checkpoint(error)
        } catch let error as KeyMapError {
            throw error
        } catch { preconditionFailure("nothing else is thrown here: \(error)") }
    }
}
