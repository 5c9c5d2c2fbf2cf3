internal import ZooBase

/// How Keras keeps a model in HDF5 (legacy `layer_names` and `weight_names`; Keras 3 `layers/…/vars/…`): which tensors
/// are weights, what they are called, and in which order they come.
///
/// A file of another program has its datasets in the order of their paths.
struct KerasNames {
    /// Whether Keras, or a program that follows it, wrote the file.
    let isKeras: Bool
    /// Keras and its version, and what it ran on, as far as the file says.
    let producer: String?
    /// The numbers of the datasets that are weights, in order.
    private(set) var order: [Int] = []
    /// The numbers of the datasets that are the optimizer's, in order.
    private(set) var optimizerOrder: [Int] = []
    /// The group of a whole model's weights, with its slash; empty in a file of weights.
    private let prefix: String

    static let modelGroup = "model_weights"
    static let optimizerGroup = "optimizer_weights"
    /// Where Keras 3 keeps an optimizer's variables.
    private static let optimizerVariables = "optimizer/vars/"

    /// Understands the names in `table`.
    ///
    /// - Throws: `CheckpointError` when a layer lists a weight that is not there.
    init(_ table: HDF5Table, file: String) throws(CheckpointError) {
        let lists = Lists(table)
        let isWhole = lists["", "layer_names"] == nil && lists[Self.modelGroup, "layer_names"] != nil
        prefix = isWhole ? Self.modelGroup + "/" : ""
        let group = isWhole ? Self.modelGroup : ""
        let version = table.text("keras_version", of: "") ?? table.text("keras_version", of: group)
        let layers = lists[group, "layer_names"]
        isKeras = version != nil || layers != nil
        let backend = table.text("backend", of: "") ?? table.text("backend", of: group)
        producer = version.map { version in "Keras \(version)" + (backend.map { " (\($0))" } ?? "") }

        var places = Dictionary(
            table.datasets.enumerated().map { (ExactString($1.info.name), $0) }, uniquingKeysWith: { first, _ in first }
        )
        let known = Set(places.keys).union(table.unreadable.map { ExactString($0.name) })
        func take(_ groups: [String]) throws(CheckpointError) -> [Int] {
            var taken: [Int] = []
            for group in groups {
                for weight in lists[group, "weight_names"] ?? [] {
                    let path = ExactString(FilePaths.join(group, weight))
                    if let place = places.removeValue(forKey: path) {
                        taken.append(place)
                    } else if !known.contains(path) && !lists.hasDataset(path) {
                        throw .malformed(file: file, .hdf5MissingWeight(path.text))
                    }
                }
            }
            return taken
        }
        order = try take((layers ?? []).map { prefix + $0 })
        optimizerOrder = try take([Self.optimizerGroup])
        for (number, dataset) in table.datasets.enumerated() {
            guard places.removeValue(forKey: ExactString(dataset.info.name)) != nil else { continue }
            if Self.isOptimizer(dataset.info.name) { optimizerOrder.append(number) } else { order.append(number) }
        }
    }

    private static func isOptimizer(_ path: String) -> Bool {
        path.utf8.starts(with: (optimizerGroup + "/").utf8) || path.utf8.starts(with: optimizerVariables.utf8)
    }

    /// What the tensor at `path` is called: its path, from the group of the weights.
    func name(of path: String) -> String {
        path.utf8.starts(with: prefix.utf8)
            ? String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : path
    }

    /// The attributes as metadata: those of the root by their name, others as `path@name`; a list in several pieces is
    /// one.
    func metadata(_ table: HDF5Table) -> [MetadataEntry] {
        var entries: [ExactString: String] = [:]
        func add(_ name: String, _ text: String) {
            if entries[ExactString(name)] == nil { entries[ExactString(name)] = text }
        }
        let lists = Lists(table)
        for list in lists.joined { add(name(list.path, list.name), list.text) }
        // The root says what holds for the file, its group of weights may say it again.
        for attribute in table.attributes where !lists.isPiece(attribute) && !Self.isBrainFloat(attribute) {
            add(
                attribute.name.isEmpty ? name(of: attribute.path) : name(attribute.path, attribute.name), attribute.text
            )
        }
        return entries.map { MetadataEntry($0.text, $1) }
    }

    /// Whether an attribute only says that the two bytes of a dataset are a bfloat16.
    private static func isBrainFloat(_ attribute: HDF5Table.Attribute) -> Bool {
        attribute.name == "dtype" && attribute.text == "bfloat16"
    }

    private func name(_ path: String, _ attribute: String) -> String {
        path.isEmpty || path + "/" == prefix ? attribute : name(of: path) + "@" + attribute
    }
}

/// The lists of strings by which Keras finds layers and weights, put together where they come in pieces
/// (`weight_names0`, `weight_names1`, …: an attribute has at most 64 KB).
private struct Lists {
    static let names = ["layer_names", "weight_names"]

    struct Joined {
        let path: String
        let name: String
        let strings: [String]
        var text: String { JSON.array(strings.map(JSON.string)).text(.compact) }
    }

    private struct Key: Hashable {
        let path: ExactString
        let name: ExactString
    }

    private(set) var joined: [Joined] = []
    private var lists: [Key: [String]] = [:]
    private var pieces: Set<Key> = []
    private var stringDatasets: Set<ExactString> = []

    init(_ table: HDF5Table) {
        var plain: [Key: [String]] = [:]
        for attribute in table.attributes {
            if attribute.name.isEmpty { stringDatasets.insert(ExactString(attribute.path)) }
            guard let strings = attribute.strings else { continue }
            plain[Key(path: ExactString(attribute.path), name: ExactString(attribute.name))] = strings
        }
        for path in Set(plain.keys.map(\.path)) {
            for name in Self.names {
                let whole = Key(path: path, name: ExactString(name))
                var strings = plain[whole]
                if strings != nil { pieces.insert(whole) }
                var number = 0
                while strings == nil || number > 0,
                    let piece = plain[Key(path: path, name: ExactString("\(name)\(number)"))]
                {
                    strings = (strings ?? []) + piece
                    pieces.insert(Key(path: path, name: ExactString("\(name)\(number)")))
                    number += 1
                }
                guard let strings else { continue }
                lists[whole] = strings
                joined.append(Joined(path: path.text, name: name, strings: strings))
            }
        }
        joined.sort { ExactString($0.path) < ExactString($1.path) }
    }

    subscript(_ path: String, _ name: String) -> [String]? {
        lists[Key(path: ExactString(path), name: ExactString(name))]
    }

    /// Whether `joined` holds what `attribute` says.
    func isPiece(_ attribute: HDF5Table.Attribute) -> Bool {
        pieces.contains(Key(path: ExactString(attribute.path), name: ExactString(attribute.name)))
    }

    /// Whether a dataset of strings is at `path`.
    func hasDataset(_ path: ExactString) -> Bool { stringDatasets.contains(path) }
}
