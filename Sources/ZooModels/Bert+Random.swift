public import ZooBase

extension Bert {
    /// Tensors for `configuration` (config.json), filled with small repeatable numbers: a model to measure with.
    ///
    /// - Throws: `ModelError.configuration`.
    public static func measuringTensors(_ configuration: JSON) throws(ModelError) -> [TensorView] {
        let configuration = try Configuration(configuration, dropout: nil)
        let (size, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        var shapes: [(String, Shape)] = [
            ("embeddings.word_embeddings.weight", [configuration.vocabularySize, size]),
            ("embeddings.position_embeddings.weight", [configuration.maximumLength, size]),
            ("embeddings.token_type_embeddings.weight", [configuration.typeCount, size]),
            ("embeddings.LayerNorm.weight", [size]), ("embeddings.LayerNorm.bias", [size]),
            ("pooler.dense.weight", [size, size]), ("pooler.dense.bias", [size]),
        ]
        for layer in 0..<configuration.layerCount {
            let place = "encoder.layer.\(layer)."
            for (name, outputs, inputs) in [
                ("attention.self.query", size, size), ("attention.self.key", size, size),
                ("attention.self.value", size, size), ("attention.output.dense", size, size),
                ("intermediate.dense", inner, size), ("output.dense", size, inner),
            ] {
                shapes.append((place + name + ".weight", [outputs, inputs]))
                shapes.append((place + name + ".bias", [outputs]))
            }
            for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
                shapes.append((place + name + ".weight", [size]))
                shapes.append((place + name + ".bias", [size]))
            }
        }
        return shapes.compactMap { name, shape in
            guard let info = TensorInfo(name: name, dtype: .f32, shape: shape) else { return nil }
            let isGain = name.hasSuffix("LayerNorm.weight")
            let storage = ByteStorage(byteCount: info.byteCount) { bytes in
                var state: UInt32 = 1
                for index in 0..<shape.elementCount {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    let value = isGain ? 1 : (Float(state >> 8) * 0x1p-24 - 0.5) * 0.07
                    bytes.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
                }
            }
            return TensorView(info: info, storage: storage, range: 0..<info.byteCount)
        }
    }
}
