import Testing
import ZooBase

@testable import ZooCheckpoint

@Suite struct InspectionTests {
    private func infos(_ tensors: [(String, [Int])]) -> [TensorInfo] {
        tensors.map { TensorInfo(name: $0, dtype: .f32, shape: Shape($1))! }
    }

    @Test func layersThatAreAlikeAreFolded() {
        let layers = (0..<12).reversed().flatMap { [("layer.\($0).b.bias", [4]), ("layer.\($0).a.weight", [2, 4])] }
        let tree = NameTree(
            infos(layers + [("pooler.weight", [4]), ("pooler.bias", [2]), ("layer.12.a.weight", [3, 4])]))
        #expect(tree.roots.map(\.name) == ["layer", "pooler"])
        let layer = tree.roots[0]
        #expect(layer.children.map(\.name) == ["{0…11}", "12"] && layer.children.map(\.copies) == [12, 1])
        #expect(layer.children[0].children.map(\.name) == ["a", "b"])
        #expect(layer.children[0].parameterCount == 144 && layer.byteCount == 576 + 48 && layer.tensorCount == 25)
        #expect(tree.roots[1].children.map(\.name) == ["bias", "weight"])
        #expect(tree.json[0]?["children"]?[0]?["copies"] == 12)
    }

    @Test func numbersAreInTheirOrderWhateverTheirPlace() {
        let names = ["b10/k", "b2/k", "b1x5/k", "b01/k", "b/k", "b:/k"].map { ($0, [1]) }
        let tree = NameTree(infos(names))
        #expect(tree.roots.map(\.name) == ["b", "b2", "b10", "b01", "b1x5", "b:"])
        #expect(NameTree(infos(names.reversed())).roots.map(\.name) == tree.roots.map(\.name))
    }

    @Test func aNameCanBeATensorAndAPart() {
        let tree = NameTree(infos([("a", [1]), ("a.b", [2]), ("", [3]), (String(repeating: ".", count: 10_000), [1])]))
        #expect(tree.roots.map(\.name) == ["", "", "a", "a"])
        #expect(tree.roots.reduce(0) { $0 + $1.tensorCount } == 4)
    }

    @Test func recognizesArchitectures() throws {
        let maps = KeyMaps(try ShippedMaps.names.map(ShippedMaps.map))
        let bert = try ShippedMaps.map("bert")
        let generated = try bert.generated(alone: false) { $0.entries.allSatisfy { $0 != nil } }
        let state = try StateDict(
            generated.tensors.map { $0.info.name.hasSuffix("_embeddings.weight") ? $0.reshaped([1, 6]) : $0 })
        for dialect in bert.dialects.map(\.name) {
            let named = try bert.applied(to: state, to: dialect, sizes: ["heads": 2]).state.tensors.map(\.info)
            let found = try #require(maps.architecture(named, sizes: dialect.hasPrefix("keras") ? [:] : ["heads": 2]))
            #expect(found.family == "bert" && found.title == "BERT" && found.dialect == dialect)
            #expect(found.size("layers") == 2 && found.size("hidden") == 6 && found.size("vocabulary") == 1)
            #expect(found.size("heads") == 2 && found.sizes.allSatisfy { !$0.isAssumed }, "\(dialect)")
        }
        #expect(maps.architecture(infos([("a.weight", [1])])) == nil)
        #expect(maps.architecture([]) == nil)
    }

    @Test func assumesTheUsualHeadSize() throws {
        let map = try ShippedMaps.map("bert")
        let maps = KeyMaps([map])
        var tensors = infos([
            ("embeddings.word_embeddings.weight", [30_522, 384]),
            ("embeddings.position_embeddings.weight", [512, 384]),
        ])
        for layer in 0..<3 {
            tensors += infos([
                ("encoder.layer.\(layer).attention.self.query.weight", [384, 384]),
                ("encoder.layer.\(layer).intermediate.dense.weight", [1536, 384]),
            ])
        }
        let found = try #require(maps.architecture(tensors))
        #expect(
            found.json.text(.compact)
                == #"{"family":"bert","title":"BERT","dialect":"transformers","sizes":{"layers":3,"hidden":384,"heads":6,"#
                + #""intermediate":1536,"vocabulary":30522,"positions":512},"assumed":["heads"]}"#)
        #expect(maps.architecture(tensors, sizes: ["heads": 12])?.size("heads") == 12)
    }

    @Test func depthOfResidualNetworks() throws {
        var names: [(String, [Int])] = [("module.conv1.weight", [16, 3, 3, 3]), ("module.linear.weight", [10, 64])]
        for (stage, block, conv) in (1...3).flatMap({ s in (0..<3).flatMap { b in (1...2).map { (s, b, $0) } } }) {
            names.append(("module.layer\(stage).\(block).conv\(conv).weight", [16, 16, 3, 3]))
        }
        let found = try #require(KeyMaps([try ShippedMaps.map("resnet")]).architecture(infos(names)))
        #expect(found.title == "ResNet-20" && found.dialect == "cifar" && found.size("classes") == 10)
    }

    @Test func selectsByGlobAndTellsTheRest() throws {
        let tensors = ["a.weight", "a.bias", "b.weight"].map { CheckpointTensor(TensorView($0, .u8, [1] as [UInt8])) }
        let checkpoint = Checkpoint(
            format: "test", producer: "writer 1", metadata: [], tensors: tensors,
            optimizerState: [CheckpointTensor(TensorView("m", .u8, [1] as [UInt8]))],
            unreadable: [.init(name: "q", description: "compound", reason: "not numbers")], files: [])
        let inspection = try Inspection(checkpoint, selecting: [Glob("*.weight")], findDuplicates: true)
        #expect(inspection.tensors.map(\.name) == ["a.weight", "b.weight"] && inspection.byteCount == 2)
        #expect(inspection.duplicates == [["a.weight", "b.weight"]] && inspection.architecture == nil)
        #expect(inspection.json["producer"] == "writer 1" && inspection.json["optimizerState"]?[0]?["name"] == "m")
        #expect(inspection.json["unreadable"]?[0]?["reason"] == "not numbers" && inspection.json["architecture"] == nil)
        #expect(inspection.tree.roots.map(\.name) == ["a", "b"])
    }

    @Test func histograms() throws {
        let statistics = try #require(TensorStatistics(TensorView("x", .f32, (0..<160).map { Float($0) } + [.nan])))
        #expect(statistics.histogram.reduce(0, +) == 160 && statistics.histogram.allSatisfy { $0 == 10 })
        let same = try #require(TensorStatistics(TensorView("x", .f64, [2.5, 2.5])))
        #expect(same.histogram == [2] + Array(repeating: 0, count: 15))
        let limits = try #require(
            TensorStatistics(
                TensorView("x", .f64, [-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude, .infinity])))
        #expect(limits.histogram == [1] + Array(repeating: 0, count: 7) + [1] + Array(repeating: 0, count: 6) + [1])
        #expect(try #require(TensorStatistics(TensorView("x", .f32, [Float.nan]))).histogram == [])
    }
}
