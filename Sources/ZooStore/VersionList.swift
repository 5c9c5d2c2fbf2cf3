import ZooBase

/// Versions by name and number, in the bytes that the index had of them until they are asked for: a listing of
/// everything makes no copies of their texts.
///
/// Once the list is made nothing is written to what its copies share, so it may be sent anywhere.
public struct VersionList: RandomAccessCollection, @unchecked Sendable, Equatable {
    /// A model and the aliases of its versions.
    private struct Model {
        let name: ModelName
        /// The same where it lies: asking for a text of its own costs more than printing it.
        let packedName: PackedText
        let aliases: [(number: Int, alias: String)]
        var latest = 0

        /// The aliases of version `number`, sorted.
        func aliases(of number: Int) -> [String] {
            aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted()
        }
    }

    /// A version's address and its model's place.
    private struct Place {
        let version: UnsafeRawPointer
        let model: Int32
    }

    private let bytes = PackedBytes()
    private var models: [Model] = []
    private var places: [Place] = []

    /// No versions, with room for `count`.
    init(reserving count: Int = 0) { places.reserveCapacity(count) }

    /// Adds the model whose versions are `packed`.
    ///
    /// - Throws: `IndexDamage`.
    mutating func append(
        _ name: ModelName, _ packed: UnsafeRawBufferPointer, aliases: [(number: Int, alias: String)]
    ) throws {
        var text = name.text
        let packedName = text.withUTF8 { PackedText(bytes.append(copying: UnsafeRawBufferPointer($0))) }
        var model = Model(name: name, packedName: packedName, aliases: aliases)
        let index = Int32(models.count)
        try ModelListing.forEachVersion(in: bytes.append(copying: packed)) { version in
            places.append(Place(version: version.address, model: index))
            model.latest = version.number
        }
        models.append(model)
    }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of versions.
    public var endIndex: Int { places.count }
    /// The version at `index`.
    public subscript(index: Int) -> VersionSummary {
        withExtendedLifetime(bytes) {
            let version = PackedVersion(checked: places[index].version)
            let model = models[Int(places[index].model)]
            return VersionSummary(
                version: ModelVersion(name: model.name, number: version.number, manifest: version.manifest),
                aliases: model.aliases(of: version.number), created: version.created.string ?? "", size: version.size,
                operation: version.operation.string ?? "", architecture: version.architecture.string,
                task: version.task.string, licence: version.licence.string, isDamaged: version.isDamaged,
                metrics: version.metrics, parents: version.parents, parameterCount: version.parameterCount,
                isLatest: version.number == model.latest)
        }
    }

    /// Calls `body` with each version of `range` where it lies, the name of its model and its aliases, sorted.
    public func forEachPacked(in range: Range<Int>, _ body: (PackedVersion, PackedText, [String]) -> Void) {
        withExtendedLifetime(bytes) {
            for place in places[range] {
                let version = PackedVersion(checked: place.version)
                let model = Int(place.model)
                body(version, models[model].packedName, models[model].aliases(of: version.number))
            }
        }
    }

    /// Calls `body` with each version.
    func forEachPacked(_ body: (ModelName, PackedVersion) -> Void) {
        withExtendedLifetime(bytes) {
            for place in places { body(models[Int(place.model)].name, PackedVersion(checked: place.version)) }
        }
    }

    /// The versions that `isWanted` says yes to.
    func filter(_ isWanted: (ModelName, PackedVersion) -> Bool) -> VersionList {
        var wanted = self
        withExtendedLifetime(bytes) {
            wanted.places = places.filter { isWanted(models[Int($0.model)].name, PackedVersion(checked: $0.version)) }
        }
        return wanted
    }

    /// For each version the index of the first of its parents that is here; nil where none is.
    ///
    /// Of two versions that are the same manifest the first counts.
    public func parentIndices() -> [Int32?] {
        var indices = DigestTable()
        var index: Int32 = 0
        forEachPacked { _, version in
            indices.insert(version.manifest, index)
            index += 1
        }
        var parents: [Int32?] = []
        parents.reserveCapacity(count)
        forEachPacked { _, version in
            var parent: Int32?
            for index in 0..<version.parentCount where parent == nil { parent = indices[version.parent(index)] }
            parents.append(parent)
        }
        return parents
    }

    /// Equal when the versions are.
    public static func == (left: Self, right: Self) -> Bool { left.elementsEqual(right) }
}
