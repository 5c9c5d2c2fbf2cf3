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
    /// Only this architecture, case aside.
    public var architecture: String?
    /// Only this task, case aside.
    public var task: String?
    /// Only this licence, case aside.
    public var licence: String?
    /// Only versions whose weights were counted and have at most so many elements.
    public var maximumParameters: Int?
    /// Only versions that meet all of these.
    public var metrics: [MetricCondition] = []
    /// What a version may be derived from.
    public enum Origin: Sendable, Equatable {
        /// One of these manifests.
        case manifests(Set<ContentDigest>)
        /// Any version of this model.
        case model(ModelName)
    }

    /// Only versions derived from this, in one step or more.
    public var origin: Origin?

    /// Everything.
    public init(name: ModelName? = nil) { self.name = name }
}

extension Selection {
    /// Those of `all` that it asks for; with an `origin`, `all` must be every version there is.
    func choose(among all: VersionList) -> VersionList {
        if self == Selection() { return all }
        let descendants = origin.map { Self.descendants(of: $0, among: all) }
        let architecture = architecture?.lowercased()
        let task = task?.lowercased()
        let licence = licence?.lowercased()
        let conditions = metrics.map { (condition: $0, metric: Array($0.metric.utf8)) }
        return all.filter { model, version in
            (name == nil || model == name)
                && architecture.map { version.architecture.isSame($0) } ?? true
                && task.map { version.task.isSame($0) } ?? true
                && licence.map { version.licence.isSame($0) } ?? true
                && maximumParameters.map { bound in version.parameterCount.map { $0 <= bound } ?? false } ?? true
                && conditions.allSatisfy { $0.condition.holds(for: version, $0.metric) }
                && descendants?.contains(version.manifest) ?? true
        }
    }

    /// The manifests of all versions derived from `origin` in one step or more, and no others.
    private static func descendants(of origin: Origin, among all: VersionList) -> Set<ContentDigest> {
        // Edges from parent to child, each naming the parent's next one: an array for each parent would cost more than
        // all else.
        var edges: [(child: ContentDigest, next: Int32?)] = []
        var last = DigestTable()
        var pending: [ContentDigest] = []
        if case .manifests(let manifests) = origin { pending = Array(manifests) }
        all.forEachPacked { name, version in
            for index in 0..<version.parentCount {
                edges.append((version.manifest, last.replace(version.parent(index), Int32(edges.count))))
            }
            if case .model(name) = origin { pending.append(version.manifest) }
        }
        var found: Set<ContentDigest> = []
        while let parent = pending.popLast() {
            var edge = last[parent]
            while let (child, next) = edge.map({ edges[Int($0)] }) {
                if found.insert(child).inserted { pending.append(child) }
                edge = next
            }
        }
        return found
    }
}

extension PackedText {
    /// Whether it is `lowercased`, a text in lower case, but for case.
    fileprivate func isSame(_ lowercased: String) -> Bool {
        guard let bytes else { return false }
        let isASCII = bytes.reduce(0, |) < 0x80
        // Of ASCII, as the name of every common licence is, no text has to be made.
        return isASCII
            ? bytes.lazy.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.elementsEqual(lowercased.utf8)
            : string?.lowercased() == lowercased
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
