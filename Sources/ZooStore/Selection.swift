public import ZooBase

/// Which versions a listing shows; what is nil is not asked about.
public struct Selection: Sendable, Equatable {
    /// A measured number and what it must be: `accuracy>0.9`.
    public struct MetricCondition: Sendable, Equatable {
        /// How the measured number stands to the bound.
        public enum Comparison: String, Sendable, CaseIterable {
            case atLeast = ">="
            case atMost = "<="
            case greater = ">"
            case less = "<"
            case equal = "="
        }
        /// The metric, as the manifest names it.
        public let metric: String
        /// The comparison.
        public let comparison: Comparison
        /// What it is compared with.
        public let bound: Double

        /// Reads `accuracy>0.9`.
        ///
        /// - Throws: `StoreError.invalidCondition`.
        public init(_ text: String) throws(StoreError) {
            for comparison in Comparison.allCases {
                guard let mark = text.firstRange(of: comparison.rawValue) else { continue }
                let metric = text[..<mark.lowerBound].filter { $0 != " " }
                let number = text[mark.upperBound...].filter { $0 != " " }
                let isWord = metric.utf8.allSatisfy {
                    ModelName.isNameByte($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                }
                guard !metric.isEmpty, isWord, let bound = Double(number), bound.isFinite else { break }
                self.metric = String(metric)
                self.comparison = comparison
                self.bound = bound
                return
            }
            throw .invalidCondition(text: text)
        }
    }

    /// Only versions of this model.
    public var name: ModelName?
    /// Only this architecture.
    public var architecture: String?
    /// Only this task.
    public var task: String?
    /// Only this licence, case aside.
    public var licence: String?
    /// Only versions whose weights were counted and have at most so many elements.
    public var maximumParameters: Int?
    /// Only versions that meet all of these.
    public var metrics: [MetricCondition] = []
    /// Only versions derived from one of these manifests, in one step or more.
    public var ancestors: Set<ContentDigest>?

    /// Everything.
    public init(name: ModelName? = nil) { self.name = name }
}

extension Selection {
    /// Those of `all` that it asks for; with `ancestors`, `all` must be every version there is.
    func choose(among all: VersionList) -> VersionList {
        if self == Selection() { return all }
        let descendants = ancestors.map { Self.descendants(of: $0, among: all) }
        let architecture = architecture.map { Array($0.utf8) }
        let task = task.map { Array($0.utf8) }
        let licence = licence?.lowercased()
        let conditions = metrics.map { (condition: $0, metric: Array($0.metric.utf8)) }
        return all.filter { model, version in
            (name == nil || model == name)
                && architecture.map { version.architecture == $0 } ?? true
                && task.map { version.task == $0 } ?? true
                && (licence == nil || version.licence.string?.lowercased() == licence)
                && maximumParameters.map { bound in version.parameterCount.map { $0 <= bound } ?? false } ?? true
                && conditions.allSatisfy { $0.condition.holds(for: version, $0.metric) }
                && descendants?.contains(version.manifest) ?? true
        }
    }

    /// The manifests of all versions derived from `ancestors` in one step or more, these left out.
    private static func descendants(
        of ancestors: Set<ContentDigest>, among all: VersionList
    ) -> Set<ContentDigest> {
        // Edges from parent to child, each naming the parent's next one: an array a parent would cost more than all else.
        var edges: [(child: ContentDigest, next: Int?)] = []
        var first: [ContentDigest: Int] = Dictionary(minimumCapacity: all.count)
        all.forEachPacked { _, version in
            for parent in version.parents {
                edges.append((version.manifest, first.updateValue(edges.count, forKey: parent)))
            }
        }
        var found: Set<ContentDigest> = []
        var pending = Array(ancestors)
        while let parent = pending.popLast() {
            var edge = first[parent]
            while let (child, next) = edge.map({ edges[$0] }) {
                if found.insert(child).inserted { pending.append(child) }
                edge = next
            }
        }
        return found
    }
}

extension Selection.MetricCondition {
    /// Whether it holds; `metric` is its own in UTF-8.
    fileprivate func holds(for version: PackedVersion, _ metric: [UInt8]) -> Bool {
        var measured: Double?
        version.forEachMetric { if measured == nil, $0 == metric { measured = $1 } }
        guard let value = measured else { return false }
        return switch comparison {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        case .greater: value > bound
        case .less: value < bound
        case .equal: value == bound
        }
    }
}
