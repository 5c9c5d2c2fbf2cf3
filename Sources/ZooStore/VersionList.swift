/// Versions by name and number, their texts where the index had them until they are asked for: a listing of everything
/// makes no copies of them.
public struct VersionList: RandomAccessCollection, Sendable, Equatable {
    /// A model and the aliases of its versions.
    private struct Model: Sendable {
        let name: ModelName
        /// What the versions lie in.
        let listing: ModelListing
        let latest: Int
        let aliases: [(number: Int, alias: String)]

        /// The aliases of version `number`, sorted.
        func aliases(of number: Int) -> [String] {
            aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted()
        }
    }

    private var models: [Model] = []
    private var versions: [(model: Int, packed: PackedVersion)] = []

    init() {}

    /// - Throws: `IndexDamage`.
    mutating func append(_ name: ModelName, _ listing: ModelListing, aliases: [(number: Int, alias: String)]) throws {
        var latest = 0
        try listing.forEachVersion { version in
            versions.append((models.count, version))
            latest = version.number
        }
        models.append(Model(name: name, listing: listing, latest: latest, aliases: aliases))
    }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of versions.
    public var endIndex: Int { versions.count }
    /// The version at `index`.
    public subscript(index: Int) -> VersionSummary {
        let (model, version) = (models[versions[index].model], versions[index].packed)
        return VersionSummary(
            version: ModelVersion(name: model.name, number: version.number, manifest: version.manifest),
            aliases: model.aliases(of: version.number), created: version.created.string ?? "", size: version.size,
            operation: version.operation.string ?? "", architecture: version.architecture.string,
            task: version.task.string, licence: version.licence.string, isDamaged: version.isDamaged,
            metrics: version.metrics, parents: version.parents, parameterCount: version.parameterCount,
            isLatest: version.number == model.latest)
    }

    /// Calls `body` with the version at `index` where it lies, the name of its model and its aliases, sorted.
    public func withPacked<Result>(
        _ index: Int, _ body: (PackedVersion, ModelName, [String]) -> Result
    ) -> Result {
        let model = models[versions[index].model]
        return withExtendedLifetime(model.listing) {
            body(versions[index].packed, model.name, model.aliases(of: versions[index].packed.number))
        }
    }

    /// Calls `body` with each version.
    func forEachPacked(_ body: (ModelName, PackedVersion) -> Void) {
        withExtendedLifetime(models) {
            for version in versions { body(models[version.model].name, version.packed) }
        }
    }

    /// The versions that `isWanted` says yes to.
    func filter(_ isWanted: (ModelName, PackedVersion) -> Bool) -> VersionList {
        var wanted = self
        wanted.versions = versions.filter { isWanted(models[$0.model].name, $0.packed) }
        return wanted
    }

    /// Equal when the versions are.
    public static func == (left: Self, right: Self) -> Bool { left.elementsEqual(right) }
}
