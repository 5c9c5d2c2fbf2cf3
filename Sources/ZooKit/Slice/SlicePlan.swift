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

    /// The sizes that the cut makes smaller.
    struct Sizes: Equatable {
        var layers: Int, units: Int, vocabulary: Int, positions: Int
    }

    let model: ModelSizes
    let kept: Kept
    /// Whether the heads and units that are gone had no part in the outputs: their importance is zero.
    let leavesOutOnlySilent: Bool

    /// Decides what `request` keeps of a model.
    ///
    /// - Throws: `KitError.invalidSlice` for what cannot be cut so; `CheckpointError` when importance has to be read from
    ///   tensors that cannot be.
    init(_ request: SliceRequest, of model: ModelSizes, state: StateDict, vocabulary: [Int]?) throws {
        self.model = model
        let axes = model.axes
        guard model.heads != nil || request.headCount == nil && request.keptHeads.isEmpty else {
            throw KitError.invalidSlice(
                "shapes do not tell how many heads there are; give a folder with the model's config.json to cut heads")
        }
        let headCount = model.heads ?? 1
        let layers = try Self.layers(request, of: model.layers)
        let importance = Importance(axes: axes, dialects: model.architecture.dialects, state: state)
        var presentHeads: [[Int]] = []
        var heads: [[Int]] = []
        var units: [[Int]] = []
        for layer in layers {
            let gone = model.prunedHeads[layer] ?? []
            let present = (0..<headCount).filter { !gone.contains($0) }
            presentHeads.append(present)
            heads.append(
                try Self.heads(request, layer: layer, present: present) { wanted in
                    let norms = try importance.norms(of: axes.headOutput, layer: layer, groups: present.count)
                    return Importance.best(wanted, norms).map { present[$0] }
                })
            try Self.check(request.unitCount, among: model.units, "--ffn", "units")
            guard let wanted = request.unitCount, wanted < model.units else {
                units.append(Array(0..<model.units))
                continue
            }
            units.append(
                Importance.best(
                    wanted, try importance.norms(of: axes.unitOutput, layer: layer, groups: model.units)))
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
            let unitsGone = unitsKept.count == model.units ? [] : (0..<model.units).filter { !unitsKept.contains($0) }
            isSilent =
                try areSilent(headsGone, of: axes.headOutput, among: present.count)
                && areSilent(unitsGone, of: axes.unitOutput, among: model.units)
        }
        leavesOutOnlySilent = isSilent
        try Self.check(request.positionCount, among: model.positions, "--max-length", "positions")
        kept = Kept(
            layers: layers, presentHeads: presentHeads, heads: heads, units: units,
            vocabulary: vocabulary ?? Array(0..<model.vocabulary),
            positions: request.positionCount ?? model.positions)
        for layer in request.keptHeads.keys.sorted() where !layers.contains(layer) {
            throw KitError.invalidSlice("--keep-heads names layer \(layer), which is not kept")
        }
    }

    private static func layers(_ request: SliceRequest, of count: Int) throws(KitError) -> [Int] {
        guard let layers = request.layers else { return Array(0..<count) }
        if let outside = layers.first(where: { !(0..<count).contains($0) }) {
            throw .invalidSlice("there is no layer \(outside); the model has layers 0 to \(count - 1)")
        }
        return layers
    }

    private static func heads(
        _ request: SliceRequest, layer: Int, present: [Int], best: (Int) throws -> [Int]
    ) throws -> [Int] {
        if let wanted = request.keptHeads[layer] {
            if let missing = wanted.first(where: { !present.contains($0) }) {
                throw KitError.invalidSlice(
                    "layer \(layer) has no head \(missing); it has \(present.map(String.init).joined(separator: ", "))")
            }
            return Set(wanted).sorted()
        }
        try check(request.headCount, among: present.count, "--heads", "heads", of: "layer \(layer)")
        guard let wanted = request.headCount, wanted < present.count else { return present }
        return try best(wanted)
    }

    private static func check(
        _ wanted: Int?, among count: Int, _ option: String, _ what: String, of owner: String = "the model"
    ) throws(KitError) {
        guard let wanted else { return }
        guard wanted <= count else { throw .invalidSlice("\(option) \(wanted): \(owner) has \(count) \(what)") }
    }

    /// Whether the result computes the same wherever it can be asked: nothing but word pieces, positions, and heads and
    /// units without a part in the outputs is gone.
    var isExact: Bool { kept.layers == Array(0..<model.layers) && leavesOutOnlySilent }

    /// The sizes of the result.
    var after: Sizes {
        Sizes(
            layers: kept.layers.count, units: kept.units.first?.count ?? model.units,
            vocabulary: kept.vocabulary.count, positions: kept.positions)
    }

    /// The tensors of the result.
    ///
    /// - Throws: `KitError.invalidSlice` listing the tensors whose shapes do not fit the model's sizes.
    func apply(to state: StateDict) throws -> StateDict {
        var result: [CheckpointTensor] = []
        var problems: [String] = []
        for tensor in state.tensors {
            let (prefix, name) = model.architecture.split(tensor.info.name)
            guard let (rule, layer) = model.axes.rule(name) else {
                result.append(tensor)
                continue
            }
            var place: Int?
            if let layer {
                guard layer < model.layers else {
                    problems.append("\(tensor.info.name) is of layer \(layer), the model has \(model.layers) layers")
                    continue
                }
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
            let measure = model.heads == nil ? "each other" : "config.json"
            throw KitError.invalidSlice("the tensors do not fit \(measure): " + problems.joined(separator: "; "))
        }
        return try StateDict(result)
    }

    /// The size that an axis has in the source; nil for any.
    private func size(of axis: ModelAxis, layer: Int?) -> Int? {
        switch axis {
        case .fixed: nil
        case .hidden: model.hidden
        case .heads: layer.map { kept.presentHeads[$0].count * model.headSize }
        case .units: model.units
        case .vocabulary: model.vocabulary
        case .positions: model.positions
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
                    .map { $0.lowerBound * model.headSize..<$0.upperBound * model.headSize }
            }
        }
    }

    /// config.json of the result.
    func configuration(from source: JSON, dtype: DType?) -> JSON {
        let (after, axes) = (after, model.axes)
        var values: [(String, JSON?)] = [
            (axes.layersKey, .integer(after.layers)), (axes.unitsKey, .integer(after.units)),
            (axes.vocabularyKey, .integer(after.vocabulary)), (axes.positionsKey, .integer(after.positions)),
        ]
        if let key = axes.prunedHeadsKey {
            let gone = kept.heads.enumerated().compactMap { layer, heads -> JSONMember? in
                let missing = (0..<(model.heads ?? 1)).filter { !heads.contains($0) }
                return missing.isEmpty ? nil : JSONMember(String(layer), .array(missing.map { .integer($0) }))
            }
            values.append((key, gone.isEmpty ? nil : .object(gone)))
        }
        for key in ["pad_token_id", "bos_token_id", "eos_token_id"] {
            guard let id = source[key]?.integer else { continue }
            values.append((key, kept.vocabulary.firstIndex(of: id).map { .integer($0) }))
        }
        let cut = source.replacing(values)
        return dtype.map { HubConfiguration.writing($0, into: cut) } ?? cut
    }
}
