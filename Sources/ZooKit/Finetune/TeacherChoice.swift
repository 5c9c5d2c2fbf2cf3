internal import ZooBase
internal import ZooStore
internal import ZooTrain

/// The version that a fine-tune learns from, and which of its layers go with the pupil's.
struct TeacherChoice {
    /// Its manifest.
    let manifest: ContentDigest
    /// What it was called.
    let name: String
    /// For each layer of the pupil the teacher's, from 1; empty when hidden states are not compared.
    let layers: [Int]

    /// Chooses the layers.
    ///
    /// - Throws: `KitError.noHead`; `KitError.invalidTeacher` when hidden states are to be compared and cannot be.
    init(_ version: ModelVersion, pupil: ModelFiles, recipe: Recipe, in store: Store) throws {
        (manifest, name) = (version.manifest, version.description)
        let files = try ModelFiles(version, in: store, verify: true)
        guard let own = files.manifest, !own.labels.isEmpty else { throw KitError.noHead(version: name) }
        func size(_ files: ModelFiles, _ key: String) throws -> Int {
            guard let value = try files.configuration()[key]?.integer, value > 0 else {
                throw KitError.invalidConfiguration(source: files.source, reason: "\(key) is missing")
            }
            return value
        }
        let (width, theirWidth) = (try size(pupil, "hidden_size"), try size(files, "hidden_size"))
        let (count, theirs) = (try size(pupil, "num_hidden_layers"), try size(files, "num_hidden_layers"))
        guard recipe.hiddenWeight != 0, width == theirWidth, count <= theirs else {
            guard recipe.hiddenWeight ?? 0 == 0 else {
                throw KitError.invalidTeacher(
                    "the hidden states of \(name) (\(theirs) layers of \(theirWidth)) cannot be compared with those of "
                        + "\(pupil.source) (\(count) layers of \(width)); leave --hidden-weight out")
            }
            layers = []
            return
        }
        layers =
            try Self.kept(pupil, count, files, theirs, in: store)
            // Spread evenly, the last to the last.
            ?? (1...count).map { ($0 * theirs + count / 2) / count }
    }

    /// Reads what a run kept.
    init?(_ json: JSON) {
        guard let manifest = json["manifest"]?.string.flatMap({ ContentDigest(hex: $0) }),
            let name = json["name"]?.string, let layers = json["layers"]?.array
        else { return nil }
        (self.manifest, self.name, self.layers) = (manifest, name, layers.compactMap(\.integer))
    }

    /// What a run keeps.
    var json: JSON { ["manifest": .string(manifest.hex), "name": .string(name), "layers": layersJSON] }

    /// For people.
    func lines(_ recipe: Recipe, _ plan: TeacherPlan, rows: Int) -> [String] {
        let compared =
            plan.comparedLayers == 0
            ? "hidden states are not compared"
            : "hidden states near those of its layers \(layers.map(String.init).joined(separator: ", ")) "
                + "(weight \(recipe.hiddenWeight ?? 1)) on \(plan.comparedRows) of \(rows) rows"
        let way =
            plan.isKept
            ? "asked once, \(plan.byteCount / 1_000_000) MB kept"
            : "asked at every step, as \(plan.byteCount / 1_000_000) MB are too much to keep"
        return [
            "teacher    \(name): soft labels at temperature \(recipe.temperature) (weight \(recipe.distillationWeight)); "
                + "\(compared); \(way)"
        ]
    }

    /// The layers, for the derivation.
    var layersJSON: JSON { .array(layers.map { .integer($0) }) }

    /// The teacher's layers that the pupil's were cut from, when both come from one version and the lineage says so.
    private static func kept(
        _ pupil: ModelFiles, _ count: Int, _ teacher: ModelFiles, _ theirs: Int, in store: Store
    ) throws -> [Int]? {
        guard let first = pupil.version, let second = teacher.version else { return nil }
        let own = try origins(of: first, layers: count, in: store)
        for (origin, numbers) in try origins(of: second, layers: theirs, in: store) {
            guard let mine = own.first(where: { $0.origin == origin })?.numbers else { continue }
            let places = mine.compactMap { numbers.firstIndex(of: $0) }
            return places.count == mine.count ? places.map { $0 + 1 } : nil
        }
        return nil
    }

    /// The versions that one was made from, itself first, each with the number that every layer has there.
    private static func origins(
        of version: ContentDigest, layers: Int, in store: Store
    ) throws -> [(origin: ContentDigest, numbers: [Int])] {
        var numbers = Array(0..<layers)
        var found = [(origin: version, numbers: numbers)]
        var derivation = try store.manifest(version).derivation
        while let parent = derivation.parents.first {
            if derivation.operation == "slice", let kept = derivation.parameters["layers"]?.array?.compactMap(\.integer)
            {
                guard numbers.allSatisfy(kept.indices.contains) else { break }
                numbers = numbers.map { kept[$0] }
            }
            found.append((parent, numbers))
            derivation = try store.manifest(parent).derivation
        }
        return found
    }
}
