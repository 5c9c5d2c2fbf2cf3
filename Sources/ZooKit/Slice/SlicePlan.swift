internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels

/// What of a model is kept, and so what of each tensor: decided before a byte is written.
struct SlicePlan {
    /// What is kept along the axes that a cut can shorten.
    struct Kept {
        /// Layers of the source, in their new order.
        var layers: [Int]
        /// For each kept layer, the heads it has in the source.
        var presentHeads: [[Int]]
        /// For each kept layer, its heads.
        var heads: [[Int]]
        /// For each kept layer, its units.
        var units: [[Int]]
        /// Word pieces.
        var vocabulary: [Int]
        /// Rows of the position table.
        var positions: Int
    }

    /// The sizes of a model as config.json says them.
    struct Sizes: Equatable {
        var layers: Int, heads: Int, units: Int, vocabulary: Int, positions: Int
    }

    let axes: ModelAxes
    let before: Sizes
    let kept: Kept
    /// Places of a head in its axis.
    let headSize: Int
    /// Whether the heads and units that are gone had no part in the outputs: their importance is zero.
    let leavesOutOnlySilent: Bool
    private let dialects: [String]

    /// Decides what `request` keeps of a model.
    ///
    /// - Throws: `KitError.invalidSlice` for what cannot be cut so; `CheckpointError` when importance has to be read from
    ///   tensors that cannot be.
    init(
        _ request: SliceRequest, architecture: any Architecture.Type, configuration: JSON, state: StateDict,
        vocabulary: [Int]?
    ) throws {
        guard let axes = architecture.axes else {
            throw KitError.invalidSlice("\(architecture.name) does not say what can be cut")
        }
        self.axes = axes
        dialects = architecture.dialects
        func count(_ key: String) throws(KitError) -> Int {
            guard let value = configuration[key]?.integer, value > 0 else {
                throw .invalidSlice("config.json does not say \(key)")
            }
            return value
        }
        before = Sizes(
            layers: try count(axes.layersKey), heads: try count(axes.headsKey), units: try count(axes.unitsKey),
            vocabulary: try count(axes.vocabularyKey), positions: try count(axes.positionsKey))
        headSize = try count(axes.hiddenKey) / before.heads
        let pruned = axes.prunedHeadsKey.flatMap { configuration[$0] }
        let layers = try Self.layers(request, of: before.layers)
        let importance = Importance(axes: axes, dialects: dialects, state: state)
        var presentHeads: [[Int]] = []
        var heads: [[Int]] = []
        var units: [[Int]] = []
        for layer in layers {
            let gone = Set(pruned?[String(layer)]?.array?.compactMap(\.integer) ?? [])
            let present = (0..<before.heads).filter { !gone.contains($0) }
            presentHeads.append(present)
            heads.append(
                try Self.heads(request, layer: layer, present: present) { wanted in
                    let norms = try importance.norms(of: axes.headOutput, layer: layer, groups: present.count)
                    return Importance.best(wanted, norms).map { present[$0] }
                })
            guard let wanted = request.unitCount, wanted < before.units else {
                try Self.check(request.unitCount, among: before.units, "--ffn", "units")
                units.append(Array(0..<before.units))
                continue
            }
            try Self.check(wanted, among: before.units, "--ffn", "units")
            units.append(
                Importance.best(
                    wanted, try importance.norms(of: axes.unitOutput, layer: layer, groups: before.units)))
        }
        var isSilent = true
        for (place, layer) in layers.enumerated() where isSilent {
            func areSilent(_ gone: [Int], of rule: String, among count: Int) throws -> Bool {
                guard !gone.isEmpty else { return true }
                let norms = try importance.norms(of: rule, layer: layer, groups: count)
                return gone.allSatisfy { norms[$0] == 0 }
            }
            let (present, headsKept, unitsKept) = (presentHeads[place], Set(heads[place]), Set(units[place]))
            let headsGone = present.indices.filter { !headsKept.contains(present[$0]) }
            let unitsGone = unitsKept.count == before.units ? [] : (0..<before.units).filter { !unitsKept.contains($0) }
            isSilent =
                try areSilent(headsGone, of: axes.headOutput, among: present.count)
                && areSilent(unitsGone, of: axes.unitOutput, among: before.units)
        }
        leavesOutOnlySilent = isSilent
        try Self.check(request.positionCount, among: before.positions, "--max-length", "positions")
        guard request.positionCount != 1 else {
            throw KitError.invalidSlice("--max-length 1: [CLS] and [SEP] alone take two positions")
        }
        kept = Kept(
            layers: layers, presentHeads: presentHeads, heads: heads, units: units,
            vocabulary: vocabulary ?? Array(0..<before.vocabulary),
            positions: request.positionCount ?? before.positions)
        for layer in request.keptHeads.keys.sorted() where !layers.contains(layer) {
            throw KitError.invalidSlice("--keep-heads names layer \(layer), which is not kept")
        }
    }

    private static func layers(_ request: SliceRequest, of count: Int) throws(KitError) -> [Int] {
        guard let layers = request.layers else { return Array(0..<count) }
        guard !layers.isEmpty else { throw .invalidSlice("--layers keeps no layer") }
        if let outside = layers.first(where: { !(0..<count).contains($0) }) {
            throw .invalidSlice("there is no layer \(outside); the model has layers 0 to \(count - 1)")
        }
        guard Set(layers).count == layers.count else { throw .invalidSlice("--layers names a layer twice") }
        return layers
    }

    private static func heads(
        _ request: SliceRequest, layer: Int, present: [Int], best: (Int) throws -> [Int]
    ) throws -> [Int] {
        if let wanted = request.keptHeads[layer] {
            guard !wanted.isEmpty else {
                throw KitError.invalidSlice("no head of layer \(layer) would be left; to drop a layer use --layers")
            }
            if let missing = wanted.first(where: { !present.contains($0) }) {
                throw KitError.invalidSlice(
                    "layer \(layer) has no head \(missing); it has \(present.map(String.init).joined(separator: ", "))")
            }
            return Set(wanted).sorted()
        }
        try check(request.headCount, among: present.count, "--heads", "heads")
        guard let wanted = request.headCount, wanted < present.count else { return present }
        return try best(wanted)
    }

    private static func check(_ wanted: Int?, among count: Int, _ option: String, _ what: String) throws(KitError) {
        guard let wanted else { return }
        guard wanted > 0 else { throw .invalidSlice("\(option) would leave no \(what)") }
        guard wanted <= count else { throw .invalidSlice("\(option) \(wanted): the model has \(count) \(what)") }
    }

    /// Whether the result computes the same wherever it can be asked: nothing but word pieces, positions, and heads and
    /// units without a part in the outputs is gone.
    var isExact: Bool { kept.layers == Array(0..<before.layers) && leavesOutOnlySilent }

    /// The sizes of the result; heads as config.json goes on to say them, those taken out listed apart.
    var after: Sizes {
        Sizes(
            layers: kept.layers.count, heads: before.heads, units: kept.units.first?.count ?? before.units,
            vocabulary: kept.vocabulary.count, positions: kept.positions)
    }

    /// The tensors of the result.
    ///
    /// - Throws: `KitError.invalidSlice` listing the tensors whose shapes do not fit config.json.
    func apply(to state: StateDict) throws -> StateDict {
        var result: [CheckpointTensor] = []
        var problems: [String] = []
        for tensor in state.tensors {
            let (prefix, name) = split(tensor.info.name)
            guard let (rule, layer) = axes.rule(name) else {
                result.append(tensor)
                continue
            }
            var place: Int?
            if let layer {
                guard let index = kept.layers.firstIndex(of: layer) else { continue }
                place = index
            }
            let expected = rule.axes.map { size(of: $0, layer: place) }
            guard expected.count == tensor.info.shape.rank,
                zip(expected, tensor.info.shape.dimensions).allSatisfy({ $0 == nil || $0 == $1 })
            else {
                let wanted = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
                problems.append("\(tensor.info.name) is \(tensor.info.shape), expected [\(wanted)]")
                continue
            }
            var cut = tensor
            for (axis, meaning) in rule.axes.enumerated() {
                guard let runs = runs(of: meaning, layer: place) else { continue }
                cut = try cut.gathered(axis: axis, runs: runs)
            }
            let renamed = layer.map { _ in rule.name.replacing("{layer}", with: String(place ?? 0)) } ?? name
            result.append(cut.renamed(prefix + renamed))
        }
        guard problems.isEmpty else {
            throw KitError.invalidSlice("the tensors do not fit config.json: " + problems.joined(separator: "; "))
        }
        return try StateDict(result)
    }

    private func split(_ name: String) -> (prefix: String, name: String) {
        let prefix = dialects.first { !$0.isEmpty && name.hasPrefix($0) } ?? ""
        return (prefix, String(name.dropFirst(prefix.count)))
    }

    /// The size that an axis has in the source; nil for any.
    private func size(of axis: ModelAxis, layer: Int?) -> Int? {
        switch axis {
        case .fixed: nil
        case .hidden: headSize * before.heads
        case .heads: layer.map { kept.presentHeads[$0].count * headSize }
        case .units: before.units
        case .vocabulary: before.vocabulary
        case .positions: before.positions
        }
    }

    /// What to keep along an axis; nil for all.
    private func runs(of axis: ModelAxis, layer: Int?) -> [Range<Int>]? {
        switch axis {
        case .hidden, .fixed: nil
        case .units: layer.map { kept.units[$0].runs }
        case .vocabulary: kept.vocabulary.runs
        case .positions: [0..<kept.positions]
        case .heads:
            layer.map { layer in
                kept.heads[layer].compactMap { kept.presentHeads[layer].firstIndex(of: $0) }.runs
                    .map { $0.lowerBound * headSize..<$0.upperBound * headSize }
            }
        }
    }

    /// config.json of the result.
    func configuration(from source: JSON, dtype: DType?) -> JSON {
        let after = after
        var values: [(String, JSON?)] = [
            (axes.layersKey, .integer(after.layers)), (axes.unitsKey, .integer(after.units)),
            (axes.vocabularyKey, .integer(after.vocabulary)), (axes.positionsKey, .integer(after.positions)),
        ]
        if let key = axes.prunedHeadsKey {
            let gone = kept.heads.enumerated().compactMap { layer, heads -> JSONMember? in
                let missing = (0..<before.heads).filter { !heads.contains($0) }
                return missing.isEmpty ? nil : JSONMember(String(layer), .array(missing.map { .integer($0) }))
            }
            values.append((key, gone.isEmpty ? nil : .object(gone)))
        }
        for key in ["pad_token_id", "bos_token_id", "eos_token_id"] {
            guard let id = source[key]?.integer else { continue }
            values.append((key, kept.vocabulary.firstIndex(of: id).map { .integer($0) }))
        }
        let cut = source.replacing(values)
        return dtype.map { Self.configuration(cut, dtype: $0) } ?? cut
    }

    /// config.json of the same model with its weights as `dtype`.
    static func configuration(_ source: JSON, dtype: DType) -> JSON {
        source.replacing(dtypeKeys(source).map { ($0, .string(torchName(dtype))) })
    }

    private static func dtypeKeys(_ source: JSON) -> [String] {
        let present = ["torch_dtype", "dtype"].filter { source[$0] != nil }
        return present.isEmpty ? ["torch_dtype"] : present
    }

    private static func torchName(_ dtype: DType) -> String {
        switch dtype {
        case .f64: "float64"
        case .bf16: "bfloat16"
        case .f16: "float16"
        default: "float32"
        }
    }
}

extension JSON {
    /// The object with these members replaced where they are, added at the end where they are not, and left out where
    /// the value is nil.
    func replacing(_ values: [(String, JSON?)]) -> JSON {
        var members = self.members ?? []
        for (name, value) in values {
            let place = members.firstIndex { $0.name == name }
            switch (place, value) {
            case (let place?, let value?): members[place] = JSONMember(name, value)
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(JSONMember(name, value))
            case (nil, nil): break
            }
        }
        return .object(members)
    }
}
