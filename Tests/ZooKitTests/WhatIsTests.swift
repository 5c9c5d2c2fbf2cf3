import Testing
import ZooBase
import ZooCheckpoint
import ZooKit
import ZooModels

/// What `whatis` must not say, and what it says where names or numbers alone would mislead.
@Suite struct WhatIsTests {
    /// The relation of a file made of the tensors of the tiny model to that model, which is in the registry.
    private func relation(_ change: ([TensorView]) throws -> [TensorView]) throws -> String? {
        let tiny = try TinyModel(Bert.self)
        let registry = Registry(home: tiny.place("home"))
        let weights = FilePaths.join(tiny.source, "model.safetensors")
        _ = try registry.convert(ConvertRequest(source: weights, destination: "base"))
        let changed = try StateDict(change(try Checkpoint.open(weights).views()))
        try SafetensorsFormat.layout(changed, metadata: []).write(to: tiny.place("other.safetensors"))
        return try registry.whatIs(tiny.place("other.safetensors")).matches.first?.relation
    }

    private func floats(_ view: TensorView, _ change: (inout [Float]) -> Void) -> TensorView {
        guard view.info.dtype == .f32 else { return view }
        var elements = view.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        change(&elements)
        let storage = elements.withUnsafeBytes { ByteStorage(copying: Array($0)) }
        return TensorView(info: view.info, storage: storage, range: 0..<view.info.byteCount)!
    }

    private func renamed(_ view: TensorView, _ name: String) -> TensorView {
        let info = TensorInfo(name: name, dtype: view.info.dtype, shape: view.info.shape)!
        return TensorView(info: info, storage: view.storage, range: view.range)!
    }

    @Test func theSameIsTheSame() throws {
        #expect(try relation { $0 } == "the same weights")
        #expect(try relation { $0.filter { $0.info.name.contains("layer.0") } } == "part of it")
        let reversed = try relation { $0.map { renamed($0, String($0.info.name.reversed())) } }
        #expect(reversed == "the same weights under other names")
    }

    @Test func nothingIsLikeNothing() throws {
        #expect(try relation { _ in [] } == nil)
    }

    /// Gains and biases are ones and zeros in every new model.
    @Test func modelsWithNothingInCommonAreNotNear() throws {
        let other = try relation { views in
            views.map { view in
                let isLarge = view.info.shape.rank == 2
                return floats(view) { if isLarge { $0.reverse() } }
            }
        }
        #expect(other == nil)
    }

    @Test func whatIsNoNumberIsNoSmallMovement() throws {
        #expect(try relation { $0.map { floats($0) { $0 = $0.map { _ in .nan } } } } == nil)
        let moved = try relation { $0.map { floats($0) { $0 = $0.map { $0 * 1.001 } } } }
        #expect(moved == "fine-tuned from it, or from the same base")
    }
}
