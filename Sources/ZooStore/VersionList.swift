/// Versions by name and number, each unpacked when it is asked for: a listing of everything holds no two copies of it.
public struct VersionList: RandomAccessCollection, Sendable, Equatable {
    /// A model and the aliases of its versions.
    private struct Model: Sendable {
        let name: ModelName
        let listing: ModelListing
        let aliases: [(number: Int, alias: String)]

        /// The aliases of version `number`, sorted.
        func aliases(of number: Int) -> [String] {
            aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted()
        }
    }

    private var models: [Model] = []
    private var places: [(model: Int, place: Range<Int>)] = []

    init() {}

    /// - Throws: `IndexDamage`.
    mutating func append(_ name: ModelName, _ listing: ModelListing, aliases: [(number: Int, alias: String)]) throws {
        places += try listing.places().map { (models.count, $0) }
        models.append(Model(name: name, listing: listing, aliases: aliases))
    }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of versions.
    public var endIndex: Int { places.count }
    /// The version at `index`.
    public subscript(index: Int) -> VersionSummary {
        let place = places[index]
        let model = models[place.model]
        return model.listing.summary(at: place.place, model.name, model.aliases(of:))
    }

    /// Calls `body` with the version at `index` where it lies, the name of its model and its aliases, sorted.
    public func withPacked<Result>(
        _ index: Int, _ body: (PackedVersion, ModelName, [String]) -> Result
    ) -> Result {
        let place = places[index]
        let model = models[place.model]
        return model.listing.withVersion(at: place.place) { body($0, model.name, model.aliases(of: $0.number)) }
    }

    /// Calls `body` with each version.
    func forEachPacked(_ body: (ModelName, PackedVersion) -> Void) {
        for place in places {
            models[place.model].listing.withVersion(at: place.place) { body(models[place.model].name, $0) }
        }
    }

    /// The versions that `isWanted` says yes to.
    func filter(_ isWanted: (ModelName, PackedVersion) -> Bool) -> VersionList {
        var wanted = self
        wanted.places = places.filter { place in
            models[place.model].listing.withVersion(at: place.place) { isWanted(models[place.model].name, $0) }
        }
        return wanted
    }

    /// Equal when the versions are.
    public static func == (left: Self, right: Self) -> Bool { left.elementsEqual(right) }
}
