/// Versions by name and number, their texts where the index had them until they are asked for: a listing of everything
/// makes no copies of them.
public struct VersionList: RandomAccessCollection, Sendable, Equatable {
    /// A model and the aliases of its versions.
    private struct Model: Sendable {
        let name: ModelName
        /// What the versions lie in.
        let listing: ModelListing
        let versions: [PackedVersion]
        let aliases: [(number: Int, alias: String)]

        /// The aliases of version `number`, sorted.
        func aliases(of number: Int) -> [String] {
            aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted()
        }
    }

    /// A version: its model's place and its own there; one array of all versions would be copied as it grows.
    private struct Place: Sendable {
        let model: Int32
        let version: Int32
    }

    private var models: [Model] = []
    private var places: [Place] = []

    init() {}

    /// - Throws: `IndexDamage`.
    mutating func append(_ name: ModelName, _ listing: ModelListing, aliases: [(number: Int, alias: String)]) throws {
        let versions = try listing.versions()
        let model = Int32(models.count)
        for version in 0..<Int32(versions.count) { places.append(Place(model: model, version: version)) }
        models.append(Model(name: name, listing: listing, versions: versions, aliases: aliases))
    }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of versions.
    public var endIndex: Int { places.count }
    /// The version at `index`.
    public subscript(index: Int) -> VersionSummary {
        let model = models[Int(places[index].model)]
        let version = model.versions[Int(places[index].version)]
        return VersionSummary(
            version: ModelVersion(name: model.name, number: version.number, manifest: version.manifest),
            aliases: model.aliases(of: version.number), created: version.created.string ?? "", size: version.size,
            operation: version.operation.string ?? "", architecture: version.architecture.string,
            task: version.task.string, licence: version.licence.string, isDamaged: version.isDamaged,
            metrics: version.metrics, parents: version.parents, parameterCount: version.parameterCount,
            isLatest: version.number == model.versions.last?.number)
    }

    /// Calls `body` with the version at `index` where it lies, the name of its model and its aliases, sorted.
    public func withPacked<Result>(
        _ index: Int, _ body: (PackedVersion, ModelName, [String]) -> Result
    ) -> Result {
        let model = models[Int(places[index].model)]
        return withExtendedLifetime(model.listing) {
            let version = model.versions[Int(places[index].version)]
            return body(version, model.name, model.aliases(of: version.number))
        }
    }

    /// Calls `body` with each version.
    func forEachPacked(_ body: (ModelName, PackedVersion) -> Void) {
        withExtendedLifetime(models) {
            for place in places {
                let model = models[Int(place.model)]
                body(model.name, model.versions[Int(place.version)])
            }
        }
    }

    /// The versions that `isWanted` says yes to.
    func filter(_ isWanted: (ModelName, PackedVersion) -> Bool) -> VersionList {
        var wanted = self
        wanted.places = places.filter { place in
            let model = models[Int(place.model)]
            return isWanted(model.name, model.versions[Int(place.version)])
        }
        return wanted
    }

    /// Equal when the versions are.
    public static func == (left: Self, right: Self) -> Bool { left.elementsEqual(right) }
}
