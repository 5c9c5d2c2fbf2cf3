internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels

/// The sizes that a cut can change, and the architecture that says where they are.
struct ModelSizes {
    /// What declares the axes.
    let architecture: any Architecture.Type
    let axes: ModelAxes
    let layers: Int, units: Int, vocabulary: Int, positions: Int
    /// Width of the hidden states.
    let hidden: Int
    /// Heads of every layer, before any is taken out; nil where there is only the shapes of tensors to tell them.
    let heads: Int?
    /// By layer, the heads that are not there any more.
    let prunedHeads: [Int: Set<Int>]

    /// Places of a head in its axis; all of them where heads cannot be told apart.
    var headSize: Int { hidden / (heads ?? 1) }

    /// As config.json says them, or, where there is none, as the names and shapes of the tensors do.
    ///
    /// - Throws: `KitError.invalidSlice` when the architecture is not known or does not say what can be cut.
    init(_ files: ModelFiles, _ state: StateDict) throws {
        if files.bytes("config.json") != nil {
            try self.init(try files.configuration())
        } else {
            try self.init(state)
        }
    }

    /// As config.json says them.
    init(_ configuration: JSON) throws(KitError) {
        guard let type = configuration["model_type"]?.string, let architecture = Architectures.find(type) else {
            throw .invalidSlice(
                "config.json does not name an architecture whose parts are known; --only, --drop and --range "
                    + "work on any file")
        }
        let axes = try Self.axes(of: architecture)
        func count(_ key: String) throws(KitError) -> Int {
            guard let value = configuration[key]?.integer, value > 0 else {
                throw .invalidSlice("config.json does not say \(key)")
            }
            return value
        }
        (self.architecture, self.axes) = (architecture, axes)
        (layers, units) = (try count(axes.layersKey), try count(axes.unitsKey))
        (vocabulary, positions) = (try count(axes.vocabularyKey), try count(axes.positionsKey))
        (hidden, heads) = (try count(axes.hiddenKey), try count(axes.headsKey))
        var pruned: [Int: Set<Int>] = [:]
        for member in axes.prunedHeadsKey.flatMap({ configuration[$0] })?.members ?? [] {
            if let layer = Int(member.name) { pruned[layer] = Set(member.value.array?.compactMap(\.integer) ?? []) }
        }
        prunedHeads = pruned
    }

    /// As the names and shapes of the tensors say them; tensors that contradict each other are found when they are cut.
    private init(_ state: StateDict) throws {
        guard let family = try NameMaps.all().architecture(state.tensors.map(\.info)) else {
            throw KitError.invalidSlice(
                "there is no config.json, and no architecture has tensors of these names and shapes; --only, --drop "
                    + "and --range work on any file")
        }
        guard let architecture = Architectures.find(family.family) else {
            throw KitError.invalidSlice(
                "this is a \(family.title), whose parts are not declared; --only, --drop and --range work on any file")
        }
        let axes = try Self.axes(of: architecture)
        var sizes: [ModelAxis: Int] = [:]
        var numbers: Set<Int> = []
        for tensor in state.tensors {
            guard let (rule, layer) = axes.rule(architecture.split(tensor.info.name).name),
                rule.axes.count == tensor.info.shape.rank
            else { continue }
            if let layer { numbers.insert(layer) }
            for (meaning, size) in zip(rule.axes, tensor.info.shape.dimensions) where sizes[meaning] == nil {
                sizes[meaning] = size
            }
        }
        (self.architecture, self.axes) = (architecture, axes)
        (layers, units) = ((numbers.max() ?? -1) + 1, sizes[.units] ?? 0)
        (vocabulary, positions) = (sizes[.vocabulary] ?? 0, sizes[.positions] ?? 0)
        (hidden, heads, prunedHeads) = (sizes[.hidden] ?? 0, nil, [:])
    }

    private static func axes(of architecture: any Architecture.Type) throws(KitError) -> ModelAxes {
        guard let axes = architecture.axes else {
            throw .invalidSlice("\(architecture.name) does not say what can be cut")
        }
        return axes
    }
}

extension Architecture {
    /// The dialect's prefix of a tensor's name, and the rest.
    static func split(_ name: String) -> (prefix: String, name: String) {
        let prefix = dialects.first { !$0.isEmpty && name.hasPrefix($0) } ?? ""
        return (prefix, String(name.dropFirst(prefix.count)))
    }
}
