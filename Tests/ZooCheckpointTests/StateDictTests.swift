import Testing
import ZooBase
import ZooCheckpoint

@Suite struct StateDictTests {
    let state: StateDict
    init() throws {
        state = try StateDict(
            ["a.weight", "a.bias", "b.weight"].map { TensorView($0, .f32, [2], bytes: .init(repeating: 1, count: 8)) })
    }

    @Test func filtersByGlob() {
        #expect(state.filtered(including: [Glob("*.weight")]).names == ["a.weight", "b.weight"])
        #expect(state.filtered(excluding: [Glob("a.*")]).names == ["b.weight"])
        #expect(state.filtered(including: [Glob("?.bias"), Glob("b*")]).names == ["a.bias", "b.weight"])
        #expect(state.filtered(including: [Glob("a.*")])["b.weight"] == nil)
        #expect(state.filtered(including: [Glob("[!a].w*")]).names == ["b.weight"])
    }

    @Test func renamesWithoutCollision() throws {
        #expect(try state.renamed { "bert." + $0 }.names == state.names.map { "bert." + $0 })
        #expect(try state.renamed { "bert." + $0 }["bert.a.bias"]?.view().info.name == "bert.a.bias")
        #expect(throws: CheckpointError.duplicateName(file: "", name: "x")) { try state.renamed { _ in "x" } }
    }
}
