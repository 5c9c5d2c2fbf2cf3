internal import ZooBase

/// The layers of a model in the legacy layout of Keras, made from names like `dense/dense/kernel:0`: the layer, then
/// the weight.
struct KerasLayers {
    struct Layer {
        let name: String
        /// The names of its weights, in the order in which Keras assigns them.
        var weights: [String]
    }

    /// The layers, in the order in which Keras pairs them with its own.
    private(set) var layers: [Layer]
    /// The tensors, in the order of the layers.
    let tensors: [CheckpointTensor]
    /// The group that holds the layers: one of its own beside a model's configuration, else the root.
    let group: String

    /// The layers of `state`, in the order that `metadata` keeps from the file they come from; nil when the names are
    /// not those of this layout.
    init?(_ state: StateDict, metadata: [MetadataEntry]) {
        let entries = Dictionary(
            metadata.map { (ExactString($0.name), $0.value) }, uniquingKeysWith: { first, _ in first })
        let listed = Self.list(entries[ExactString("layer_names")])
        var weights: [ExactString: [String]] = [:]
        var names: [String] = []
        for name in listed ?? [] where weights.updateValue([], forKey: ExactString(name)) == nil { names.append(name) }
        for tensor in state.tensors {
            let name = tensor.info.name
            let parts = name.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1)
            guard parts.count == 2, let first = String(parts[0]) else { return nil }
            if listed == nil
                && name.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("vars".utf8) })
            {
                return nil
            }
            let layer = Self.longestGroup(above: name) { listed != nil && weights[ExactString($0)] != nil } ?? first
            if weights[ExactString(layer)] == nil {
                weights[ExactString(layer)] = []
                names.append(layer)
            }
            weights[ExactString(layer)]?.append(
                String(decoding: name.utf8.dropFirst(layer.utf8.count + 1), as: UTF8.self))
        }
        guard !names.isEmpty else { return nil }
        layers = names.map { name in
            let found = weights[ExactString(name)] ?? []
            return Layer(
                name: name, weights: Self.ordered(found, by: Self.list(entries[ExactString(name + "@weight_names")])))
        }
        tensors = layers.flatMap { layer in layer.weights.compactMap { state[layer.name + "/" + $0] } }
        group = entries[ExactString("model_config")] == nil ? "" : KerasNames.modelGroup
    }

    /// The innermost group above `name` that is a layer: a layer's own name may have slashes.
    private static func longestGroup(above name: String, isLayer: (String) -> Bool) -> String? {
        var path = Substring(name)
        while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            path = path[..<slash]
            if isLayer(String(path)) { return String(path) }
        }
        return nil
    }

    /// The names in `found`, those in `list` first and in its order.
    private static func ordered(_ found: [String], by list: [String]?) -> [String] {
        guard let list else { return found }
        let places = Dictionary(
            list.enumerated().map { (ExactString($1), $0) }, uniquingKeysWith: { first, _ in first })
        return found.enumerated().sorted { left, right in
            (places[ExactString(left.element)] ?? list.count, left.offset)
                < (places[ExactString(right.element)] ?? list.count, right.offset)
        }.map(\.element)
    }

    private static func list(_ text: String?) -> [String]? {
        guard let text, let values = (try? JSONParser.parse(Array(text.utf8)))?.array else { return nil }
        let strings = values.compactMap(\.string)
        return strings.count == values.count ? strings : nil
    }
}

extension MetadataEntry {
    /// Whether it is a list that Keras keeps of the names of layers or weights: wrong once those are other ones.
    public var isNameList: Bool {
        name == "layer_names" || name == "weight_names" || name.hasSuffix("@weight_names")
    }
}
