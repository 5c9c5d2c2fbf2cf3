internal import Catalogue
internal import ZooBase
internal import ZooStore
internal import ZooTrain

extension Registry {
    /// How two versions differ: on data when there is some, else in recipe, recorded metrics and weights.
    ///
    /// - Parameter examples: how many of the rows that changed to return.
    public func compare(
        _ first: String, _ second: String, data request: DataRequest?, examples: Int, threads: Int?
    ) throws -> CompareResult {
        let store = reading
        let (a, b) = (try store.version(first), try store.version(second))
        let (left, right) = (try store.manifest(of: a), try store.manifest(of: b))
        let sameWeights = left.weightsDigest != nil && left.weightsDigest == right.weightsDigest
        if let request {
            let onData = try compare(
                (a, left), (b, right), request, examples: examples, threads: threads, in: store)
            return CompareResult(
                first: a.description, second: b.description, onData: onData, parameters: [], recorded: [],
                weights: [], sameWeights: sameWeights)
        }
        let weights =
            sameWeights
            ? []
            : try WeightComparison.compare(
                try ModelFiles(a, in: store, verify: true).checkpoint(),
                try ModelFiles(b, in: store, verify: true).checkpoint())
        return CompareResult(
            first: a.description, second: b.description, onData: nil,
            parameters: Self.differences(left, right),
            recorded: Self.recorded(left.metrics, right.metrics), weights: weights, sameWeights: sameWeights)
    }

    private func compare(
        _ first: (version: ModelVersion, manifest: Manifest), _ second: (version: ModelVersion, manifest: Manifest),
        _ request: DataRequest, examples: Int, threads: Int?, in store: Store
    ) throws -> DataComparison {
        for side in [first, second] where side.manifest.labels.isEmpty {
            throw KitError.noHead(version: side.version.description)
        }
        guard first.manifest.labels == second.manifest.labels else {
            throw KitError.differentLabels(
                first: "\(first.version) has \(first.manifest.labels.joined(separator: ", "))",
                second: "\(second.version) has \(second.manifest.labels.joined(separator: ", "))")
        }
        let task = try first.manifest.task.map { try Catalogue.task($0) }
        let data = try LoadedData(request, task: task, sample: .test)
        func judge(_ side: (version: ModelVersion, manifest: Manifest)) throws -> Judgement {
            if let kept = try Judgement(
                recorded: side.version, manifest: side.manifest, data, task: task, asked: request.labels, in: store)
            {
                return kept
            }
            let classifier = try Classifier(side.version.description, in: store, threads: threads)
            let judged = try Judgement(classifier, data, asked: request.labels)
            try judged.keep(in: self)
            return judged
        }
        let (a, b) = (try judge(first), try judge(second))
        let metric = ClassificationMetrics.all.first { $0.name == task?.metric } ?? ClassificationMetrics.all[0]
        let comparison = PairedComparison(a.rows, b.rows, metric: metric)
        return DataComparison(
            first: a.metrics, second: b.metrics, rowCount: a.rows.count, metric: metric.name,
            difference: MetricValue(comparison.difference), mcNemarP: comparison.mcNemarP,
            fixed: comparison.fixed.prefix(examples).map { a.mistake($0) },
            broken: comparison.broken.prefix(examples).map { b.mistake($0) },
            changed: (comparison.fixed.count, comparison.broken.count),
            verdict: comparison.text(first: first.version.description, second: second.version.description))
    }

    /// What went into the two versions and differs, by name.
    private static func differences(
        _ first: Manifest, _ second: Manifest
    ) -> [(name: String, first: String, second: String)] {
        let left = facts(first)
        let right = facts(second)
        return Set(left.keys).union(right.keys).sorted().compactMap { key in
            left[key] == right[key] ? nil : (key, left[key] ?? "-", right[key] ?? "-")
        }
    }

    /// Everything that made a version, by name: parameters, inputs by what they served as, and the rest.
    private static func facts(_ manifest: Manifest) -> [String: String] {
        let derivation = manifest.derivation
        var facts = flatten(derivation.parameters, "", [:])
        facts["operation"] = derivation.operation
        facts["numericsVersion"] = String(derivation.numericsVersion)
        facts["parents"] = derivation.parents.map(\.short).joined(separator: ", ")
        for input in derivation.inputs {
            // The name of the training file is known where the file is kept.
            let kept = manifest.attachments.first { $0.digest == input.digest && $0.path.hasPrefix("data/") }
            let path = input.facts?["path"]?.string
            var name = "\(input.role)\(path.map { " \($0)" } ?? "")"
            if facts[name] != nil { name += " \(input.digest.short)" }
            facts[name] = [
                kept.map { FilePaths.name(of: $0.path) }, input.digest.short,
                input.facts?["rows"]?.integer.map { Counted($0, "row").description },
            ].compactMap { $0 }.joined(separator: ", ")
        }
        return facts
    }

    private static func flatten(_ json: JSON, _ path: String, _ known: [String: String]) -> [String: String] {
        var all = known
        switch json {
        case .object(let members):
            for member in members {
                all = flatten(member.value, path.isEmpty ? member.name : "\(path).\(member.name)", all)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { all = flatten(element, "\(path)[\(index)]", all) }
        case .string(let text): all[path] = text
        default: all[path] = json.text(.compact)
        }
        return all
    }

    private static func recorded(_ first: JSON?, _ second: JSON?) -> [(name: String, first: Double?, second: Double?)] {
        let (left, right) = ([MetricValue](first), [MetricValue](second))
        let names = left.map(\.name) + right.map(\.name).filter { name in !left.contains { $0.name == name } }
        return names.map { name in
            (name, left.first { $0.name == name }?.value, right.first { $0.name == name }?.value)
        }
    }
}
