extension Bert {
    /// Every tensor of BERT but the heads of tasks, which have nothing to cut.
    public static var axes: ModelAxes? {
        let layer = "encoder.layer.{layer}."
        let projections = ["query", "key", "value"].flatMap { name -> [ModelAxes.Rule] in
            let place = layer + "attention.self." + name
            return [.init(place + ".weight", .heads, .hidden), .init(place + ".bias", .heads)]
        }
        let norms = ["embeddings.LayerNorm", layer + "attention.output.LayerNorm", layer + "output.LayerNorm"].flatMap {
            place in ["weight", "bias", "gamma", "beta"].map { ModelAxes.Rule("\(place).\($0)", .hidden) }
        }
        return ModelAxes(
            rules: [
                .init("embeddings.word_embeddings.weight", .vocabulary, .hidden),
                .init("embeddings.position_embeddings.weight", .positions, .hidden),
                .init("embeddings.token_type_embeddings.weight", .fixed, .hidden),
                .init("embeddings.position_ids", .fixed, .positions),
                .init(layer + "attention.output.dense.weight", .hidden, .heads),
                .init(layer + "attention.output.dense.bias", .hidden),
                .init(layer + "intermediate.dense.weight", .units, .hidden),
                .init(layer + "intermediate.dense.bias", .units),
                .init(layer + "output.dense.weight", .hidden, .units),
                .init(layer + "output.dense.bias", .hidden),
                .init("cls.predictions.decoder.weight", .vocabulary, .hidden),
                .init("cls.predictions.decoder.bias", .vocabulary),
                .init("cls.predictions.bias", .vocabulary),
            ] + projections + norms,
            headOutput: layer + "attention.output.dense.weight", unitOutput: layer + "output.dense.weight",
            layersKey: "num_hidden_layers", headsKey: "num_attention_heads", unitsKey: "intermediate_size",
            vocabularyKey: "vocab_size", positionsKey: "max_position_embeddings", prunedHeadsKey: "pruned_heads",
            hiddenKey: "hidden_size")
    }
}
