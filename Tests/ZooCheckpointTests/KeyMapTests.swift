import Testing
import ZooBase

@testable import ZooCheckpoint

/// The name maps that ship.
enum ShippedMaps {
    static let folder = FilePaths.join(FilePaths.parent(of: Fixtures.root), "registry/keymaps")

    static func map(_ name: String) throws -> KeyMap {
        let path = FilePaths.join(folder, name + ".json")
        return try KeyMap(try FilePaths.read(path), file: path)
    }

    static let names = ["bert", "resnet"]
    /// Every way from one dialect of a map to another.
    static var ways: [(map: String, from: String, to: String)] {
        names.flatMap { name in
            let dialects = (try? map(name).dialects.map(\.name)) ?? []
            return dialects.flatMap { from in dialects.map { (name, from, $0) } }
        }
    }
}

extension KeyMap {
    /// A state in the first dialect with two of everything that is numbered, for the rules that `isIncluded` allows.
    func generated(alone: Bool, where isIncluded: (Rule) -> Bool) throws -> StateDict {
        var tensors: [CheckpointTensor] = []
        var seed: UInt64 = 1
        let sizes = ["heads": 2, "size": 3, "h": 2, "w": 5]
        for rule in rules where isIncluded(rule) && (!alone || rule.entries[0]!.pattern.hasBase) {
            let layout = rule.entries.compactMap { $0?.layout }.first
            let shape = layout.map { $0.source.map { $0.reduce(1) { $0 * (sizes[$1] ?? 6) } } } ?? [6]
            let captures = rule.entries[0]!.pattern.captures.sorted()
            for choice in 0..<(1 << captures.count) {
                let numbers = Dictionary(
                    uniqueKeysWithValues: captures.enumerated().map { ($1, 1 + choice >> $0 & 1) })
                let base = dialects[0].base.map { alone ? $0.alone : $0.besides } ?? ""
                let name = try #require(rule.entries[0]!.pattern.name(numbers, base: base))
                let elements: [UInt16] = (0..<shape.reduce(1, *)).map { _ in
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt16(truncatingIfNeeded: seed >> 33)
                }
                let bytes = elements.withUnsafeBytes { Array($0) }
                tensors.append(CheckpointTensor(TensorView(name, .f16, shape, bytes: bytes)))
            }
        }
        return try StateDict(tensors)
    }
}

extension StateDict {
    func hasSameTensors(as other: StateDict) -> Bool {
        names == other.names && zip(tensors, other.tensors).allSatisfy { $0.info == $1.info && $0.bytes == $1.bytes }
    }
}

@Suite struct KeyMapTests {
    @Test(arguments: ShippedMaps.ways)
    func everyWayLeadsBack(_ way: (map: String, from: String, to: String)) throws {
        let map = try ShippedMaps.map(way.map)
        let (from, to) = (try map.index(of: way.from), try map.index(of: way.to))
        for alone in [true, false] where !alone || map.dialects[0].base != nil {
            let first = try map.generated(alone: alone) { $0.entries[from] != nil && $0.entries[to] != nil }
            #expect(first.tensors.count > 20)
            let state = try map.applied(to: first, to: way.from, sizes: ["heads": 2, "size": 3]).state
            let there = try map.applied(to: state, to: way.to, sizes: ["heads": 2, "size": 3])
            #expect(there.source.uncovered.isEmpty && there.dropped.isEmpty)
            let style = KeyMap.Style(there.source)
            let back = try map.applied(to: there.state, from: way.to, to: way.from, sizes: there.sizes, style: style)
            #expect(back.state.hasSameTensors(as: state), "\(way)")
            #expect(
                WeightsDigest.of(try back.state.tensors.map { try $0.view() })
                    == WeightsDigest.of(try state.tensors.map { try $0.view() }))
            // And the dialect is told by the names.
            let found = try #require(
                try KeyMaps(ShippedMaps.names.map(ShippedMaps.map)).recognized(state.tensors.map(\.info)))
            #expect(found.recognition.map == way.map && found.recognition.uncovered.isEmpty)
        }
    }

    @Test(arguments: ShippedMaps.names)
    func whatIsDroppedIsSaid(_ name: String) throws {
        let map = try ShippedMaps.map(name)
        for target in map.dialects.indices {
            for rule in map.rules where rule.entries[target] == nil {
                #expect(rule.dropped != nil || name == "bert", "\(rule.text) in \(map.dialects[target].name)")
            }
        }
    }

    /// Names as the programs themselves write them.
    @Test(arguments: [
        (
            "bert", "bert.encoder.layer.11.attention.self.query.weight",
            [
                "transformers-tf": "tf_bert_model/bert/encoder/layer_._11/attention/self/query/kernel:0",
                "keras-hub": "transformer_layer_11/self_attention_layer/query/kernel",
                "keras-hub-weights": "layers/transformer_encoder_11/_self_attention_layer/query_dense/vars/0",
            ]
        ),
        (
            "bert", "bert.encoder.layer.0.attention.output.LayerNorm.bias",
            [
                "transformers-legacy": "encoder.layer.0.attention.output.LayerNorm.beta",
                "transformers-tf": "tf_bert_model/bert/encoder/layer_._0/attention/output/LayerNorm/beta:0",
                "keras-hub": "transformer_layer_0/self_attention_layer_norm/beta",
                "keras-hub-weights": "layers/transformer_encoder/_self_attention_layer_norm/vars/1",
            ]
        ),
        (
            "resnet", "layer1.0.downsample.1.running_var",
            [
                "keras-applications": "conv2_block1_0_bn/moving_variance",
                "transformers": "encoder.stages.0.layers.0.shortcut.normalization.running_var",
                "cifar": "layer1.0.shortcut.1.running_var",
            ]
        ),
        ("resnet", "layer4.2.conv3.weight", ["keras-applications": "conv5_block3_3_conv/kernel"]),
    ])
    func publishedNames(_ map: String, _ name: String, _ expected: [String: String]) throws {
        let map = try ShippedMaps.map(map)
        let shape = [[6], [6, 6], [6, 6, 2, 5]][name.contains("conv3") ? 2 : name.contains("query") ? 1 : 0]
        let bytes = [UInt8](repeating: 0, count: shape.reduce(2, *))
        let state = try StateDict([TensorView(name, .f16, shape, bytes: bytes)])
        for (dialect, expected) in expected {
            var style = KeyMap.Style()
            if dialect == "transformers-legacy" { style.base = "" }
            #expect(
                try map.applied(to: state, to: dialect, sizes: ["heads": 2], style: style).state.names == [expected])
        }
    }

    /// The layouts, one element at a time.
    @Test func layoutsMoveElements() throws {
        let bert = try ShippedMaps.map("bert")
        let name = "encoder.layer.0.attention.self.query.weight"
        let query = TensorView(name, .f32, [6, 4], bytes: (0..<24).flatMap { [UInt8($0), 0, 0, 0] })
        let output = TensorView(
            "encoder.layer.0.attention.output.dense.weight", .f32, [4, 6], bytes: query.bytes)
        let result = try bert.applied(to: try StateDict([query, output]), to: "keras-hub", sizes: ["heads": 2])
        let (kernel, merged) = (result.state.tensors[0], result.state.tensors[1])
        #expect(kernel.info.shape == [4, 2, 3] && merged.info.shape == [2, 3, 4])
        for head in 0..<2 {
            for place in 0..<3 {
                for input in 0..<4 {
                    #expect(kernel.bytes[4 * (input * 6 + head * 3 + place)] == UInt8((head * 3 + place) * 4 + input))
                    #expect(merged.bytes[4 * ((head * 3 + place) * 4 + input)] == UInt8(input * 6 + head * 3 + place))
                }
            }
        }
        #expect(throws: KeyMapError.self) {
            try bert.applied(to: try StateDict([query, output]), to: "keras-hub", sizes: ["size": 4])
        }
    }

    /// A head beside a body whose names have nothing before them, as fine-tunes of a bare base have.
    @Test func aHeadBesideABareBody() throws {
        let map = try ShippedMaps.map("bert")
        let body = try map.generated(alone: true) { $0.dropped == nil }
        let head = try map.generated(alone: false) { $0.text.hasPrefix("classifier.") }
        let state = try StateDict(body.tensors + head.tensors)
        for (dialect, kernel) in [
            ("transformers-tf", "tf_bert_for_sequence_classification/classifier/kernel:0"),
            ("keras-hub", "logits/kernel"),
        ] {
            let there = try map.applied(to: state, to: dialect, sizes: ["heads": 2])
            #expect(there.dropped.isEmpty && there.state.names.contains(kernel))
            let style = KeyMap.Style(there.source)
            let back = try map.applied(to: there.state, to: "transformers", sizes: ["heads": 2], style: style)
            #expect(back.state.hasSameTensors(as: state), "\(dialect)")
            let usual = try map.applied(to: there.state, to: "transformers", sizes: ["heads": 2]).state
            #expect(usual.names == (try body.renamed { "bert." + $0 }).names + head.names)
        }
    }

    @Test func prefixesComeOff() throws {
        let map = try ShippedMaps.map("bert")
        let state = try map.generated(alone: false) { $0.dropped == nil }
        for prefix in ["module.", "model.", "model.module."] {
            let wrapped = try state.renamed { prefix + $0 }
            let result = try map.applied(to: wrapped, to: "transformers")
            #expect(result.source.prefix == prefix && result.state.names == state.names)
            let style = KeyMap.Style(prefix: prefix)
            #expect(try map.applied(to: state, to: "transformers", style: style).state.names == wrapped.names)
        }
        let body = try map.generated(alone: true) { $0.dropped == nil }
        let renamed = try body.renamed { "bert." + $0 }
        #expect(try map.applied(to: body, to: "transformers", style: .init(base: "bert.")).state.names == renamed.names)
        #expect(try map.applied(to: renamed, to: "transformers", style: .init(base: "")).state.names == body.names)
    }
}
