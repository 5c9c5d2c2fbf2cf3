public import ZooBase
public import ZooNN
public import ZooTensor

/// BERT (Devlin, Chang, Lee and Toutanova, arXiv:1810.04805): embeddings, layers of attention and feed-forward with the
/// norm after the residual, a pooler on the first token.
///
/// Reference implementation: transformers' `BertModel`. Published configurations: bert-base-uncased (12 layers of 768),
/// MiniLM-L6-H384 (6 layers of 384).
public struct Bert: Architecture {
    /// What people call it.
    public static let name = "BERT"
    /// The `model_type` of config.json.
    public static let modelTypes = ["bert"]
    /// `BertForSequenceClassification` saves with the prefix, `BertModel` without.
    public static let dialects = ["bert.", ""]
    /// The token table.
    public static let landmark = "embeddings.word_embeddings.weight"

    /// The linear layer on the first token.
    public static let pooling = ["pooler.dense.weight", "pooler.dense.bias"]

    /// Two layers of 32.
    public static var tiny: JSON {
        [
            "model_type": "bert", "vocab_size": 120, "hidden_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 64, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 40, "type_vocab_size": 2,
            "layer_norm_eps": 1e-12, "pad_token_id": 0,
        ]
    }

    /// Position ids are a constant table; `cls.` heads are those of pre-training.
    public static func isHarmless(_ name: String) -> Bool {
        name == "embeddings.position_ids" || name.hasPrefix("cls.")
    }

    // MARK: Configuration

    /// What config.json says.
    public struct Configuration: Sendable, Hashable {
        /// Rows of the token table.
        public let vocabularySize: Int
        /// Width of the hidden states.
        public let hiddenSize: Int
        /// Number of layers.
        public let layerCount: Int
        /// Heads of attention in each layer.
        public let headCount: Int
        /// Heads taken out, by layer.
        public let prunedHeads: [Int: Set<Int>]
        /// Width between the two linear layers of a feed-forward block.
        public let intermediateSize: Int
        /// Rows of the position table.
        public let maximumLength: Int
        /// Rows of the segment table.
        public let typeCount: Int
        /// Added to variances.
        public let epsilon: Double
        /// Dropout of hidden states, of attention probabilities, in front of a classification head.
        public let hiddenDropout: Double, attentionDropout: Double, headDropout: Double
        /// Between the two layers of a feed-forward block.
        public let activation: Activation
        /// The token whose row is not trained.
        public let paddingID: UInt32?

        /// Reads config.json; `dropout` replaces all three probabilities.
        ///
        /// - Throws: `ModelError.configuration`.
        public init(_ json: JSON, dropout: Double? = nil) throws(ModelError) {
            let reader = ConfigurationReader(json: json)
            vocabularySize = try reader.count("vocab_size")
            hiddenSize = try reader.count("hidden_size")
            layerCount = try reader.count("num_hidden_layers")
            headCount = try reader.count("num_attention_heads")
            prunedHeads = try reader.prunedHeads("pruned_heads", layers: layerCount, heads: headCount)
            intermediateSize = try reader.count("intermediate_size")
            maximumLength = try reader.count("max_position_embeddings")
            typeCount = try reader.count("type_vocab_size")
            epsilon = try reader.positive("layer_norm_eps", otherwise: 1e-12)
            guard hiddenSize % headCount == 0 else {
                throw reader.error("num_attention_heads", "a divisor of hidden_size \(hiddenSize)")
            }
            activation = try reader.choice(
                "hidden_act",
                ["gelu": .gelu, "gelu_new": .geluTanh, "gelu_fast": .geluTanh, "gelu_pytorch_tanh": .geluTanh],
                otherwise: .gelu)
            try reader.require("position_embedding_type", "absolute")
            try reader.require("is_decoder", false)
            let hidden = try reader.probability("hidden_dropout_prob", otherwise: 0.1)
            hiddenDropout = dropout ?? hidden
            let attention = try reader.probability("attention_probs_dropout_prob", otherwise: 0.1)
            attentionDropout = dropout ?? attention
            let head = try reader.probability("classifier_dropout", otherwise: hidden)
            headDropout = dropout ?? head
            paddingID = json["pad_token_id"]?.integer.flatMap(UInt32.init(exactly:))
        }
    }

    // MARK: Blocks

    /// Attention of every token to every token of its sequence.
    struct SelfAttention {
        let query: Linear, key: Linear, value: Linear, output: Linear
        /// Queries, keys and values together.
        private let projections: Few<LinearParameters>
        let norm: LayerNorm
        let headCount: Int, headSize: Int
        let configuration: Configuration

        init(_ scope: ParameterScope, _ configuration: Configuration, layer: Int) {
            let size = configuration.hiddenSize
            headCount = configuration.headCount - configuration.prunedHeads[layer, default: []].count
            headSize = size / configuration.headCount
            let width = headCount * headSize
            query = scope["self"]["query"].linear(size, width)
            key = scope["self"]["key"].linear(size, width)
            value = scope["self"]["value"].linear(size, width)
            projections = [query.parameters, key.parameters, value.parameters]
            output = scope["output"]["dense"].linear(width, size)
            norm = scope["output"]["LayerNorm"].layerNorm(size, epsilon: Float(configuration.epsilon))
            self.configuration = configuration
        }

        private var scale: Float { 1 / Float(headSize).squareRoot() }

        func callAsFunction(_ hidden: Tensor, _ pass: Pass) -> Tensor {
            let inputs = pass.linear(hidden, projections)
            let context = pass.attention(
                query: inputs[0], key: inputs[1], value: inputs[2], heads: headCount, scale: scale,
                dropout: Float(configuration.attentionDropout))
            return norm(
                output(context, pass, consumes: true), plus: hidden, dropout: Float(configuration.hiddenDropout), pass)
        }

        /// What it makes of the first token of each sequence: [sequences, width].
        func first(_ hidden: Tensor, _ pass: Pass) -> Tensor {
            let asking = pass.firstToken(hidden)
            let context = pass.firstTokenAttention(
                query: query(asking, pass), of: hidden, key: key.parameters, value: value.parameters, heads: headCount,
                scale: scale, dropout: Float(configuration.attentionDropout))
            return norm(
                output(context, pass, consumes: true), plus: asking, dropout: Float(configuration.hiddenDropout), pass)
        }
    }

    /// Two linear layers with a GELU between them.
    struct FeedForward {
        let inner: Linear, outer: Linear
        let norm: LayerNorm
        let activation: Activation
        let dropout: Float

        init(_ scope: ParameterScope, _ configuration: Configuration) {
            inner = scope["intermediate"]["dense"].linear(configuration.hiddenSize, configuration.intermediateSize)
            outer = scope["output"]["dense"].linear(configuration.intermediateSize, configuration.hiddenSize)
            norm = scope["output"]["LayerNorm"].layerNorm(
                configuration.hiddenSize, epsilon: Float(configuration.epsilon))
            activation = configuration.activation
            dropout = Float(configuration.hiddenDropout)
        }

        func callAsFunction(_ hidden: Tensor, _ pass: Pass) -> Tensor {
            norm(outer(inner(hidden, pass, activation), pass, consumes: true), plus: hidden, dropout: dropout, pass)
        }
    }

    struct Layer {
        /// Attention probabilities and two residuals.
        static let dropoutSites = 3
        let attention: SelfAttention
        let feedForward: FeedForward

        func callAsFunction(_ hidden: Tensor, _ pass: Pass) -> Tensor { feedForward(attention(hidden, pass), pass) }
    }

    // MARK: Model

    private let configuration: Configuration
    private let embeddings: EmbeddingParameters
    private let layers: [Layer]
    private let pooler: Linear

    /// Builds it from a place in a checkpoint.
    public init(configuration json: JSON, dropout: Double?, scope: ParameterScope) throws(ModelError) {
        let configuration = try Configuration(json, dropout: dropout)
        self.configuration = configuration
        let size = configuration.hiddenSize
        let tables = scope["embeddings"].at(depth: 0)
        let word = tables["word_embeddings"].embedding(configuration.vocabularySize, size)
        let position = tables["position_embeddings"].embedding(configuration.maximumLength, size)
        let type = tables["token_type_embeddings"].embedding(configuration.typeCount, size)
        let norm = tables["LayerNorm"].layerNorm(size, epsilon: Float(configuration.epsilon))
        embeddings = EmbeddingParameters(
            word: word, type: type, position: position, gain: norm.gain, bias: norm.bias,
            paddingID: configuration.paddingID)
        layers = (0..<configuration.layerCount).map { index in
            let place = scope["encoder"]["layer"]["\(index)"].at(depth: index + 1)
            return Layer(
                attention: SelfAttention(place["attention"], configuration, layer: index),
                feedForward: FeedForward(place, configuration))
        }
        pooler = scope["pooler"]["dense"].at(depth: configuration.layerCount + 1).linear(size, size)
    }

    /// Width of the hidden states.
    public var width: Int { configuration.hiddenSize }
    /// Rows of the position table.
    public var maximumLength: Int { configuration.maximumLength }
    /// Rows of the token table.
    public var vocabularySize: Int { configuration.vocabularySize }
    /// Rows of the segment table.
    public var typeCount: Int { configuration.typeCount }
    /// Number of layers.
    public var layerCount: Int { configuration.layerCount }
    /// Dropout in front of a classification head.
    public var headDropout: Double { configuration.headDropout }

    /// The last hidden states: [tokens, width].
    public func encoded(_ batch: TokenBatch, _ pass: Pass) -> Tensor {
        states(batch, after: layers.count, pass)
    }

    /// The hidden states after the embeddings and `count` layers: [tokens, width].
    public func states(_ batch: TokenBatch, after count: Int, _ pass: Pass) -> Tensor {
        var hidden = pass.embedding(
            batch.ids, types: batch.typeIDs, embeddings, epsilon: Float(configuration.epsilon),
            dropout: Float(configuration.hiddenDropout))
        for index in 0..<count { hidden = output(of: index, hidden, pass) }
        return hidden
    }

    private func output(of index: Int, _ hidden: Tensor, _ pass: Pass) -> Tensor {
        let output = layers[index](hidden, pass)
        pass.finished(layer: index + 1, output)
        return output
    }

    /// The tanh of a linear layer on the first token: [sequences, width].
    ///
    /// A recorded graph computes the last layer for every token, as exported models do; so does a pass that wants the
    /// outputs of layers.
    public func pooled(_ batch: TokenBatch, _ pass: Pass) -> Tensor {
        guard pass.mode != .recording, pass.wantedLayers.isEmpty else {
            return pooler(pass.firstToken(encoded(batch, pass)), pass, .tanh)
        }
        return pooled(following: states(batch, after: layers.count - 1, pass), after: layers.count - 1, pass)
    }

    /// What `pooled` makes of the states after `count` layers, with the dropout that `pooled` would have.
    public func pooled(states: Tensor, after count: Int, _ pass: Pass) -> Tensor {
        pass.skipDropoutSites(1 + Layer.dropoutSites * count)
        return pooled(following: states, after: count, pass)
    }

    /// Of the last layer only the first tokens are looked at, so only they are computed.
    private func pooled(following states: Tensor, after count: Int, _ pass: Pass) -> Tensor {
        guard count < layers.count else { return pooler(pass.firstToken(states), pass, .tanh) }
        var hidden = states
        for index in count..<(layers.count - 1) { hidden = output(of: index, hidden, pass) }
        guard pass.wantedLayers.isEmpty else {
            return pooler(pass.firstToken(output(of: layers.count - 1, hidden, pass)), pass, .tanh)
        }
        let last = layers[layers.count - 1]
        return pooler(last.feedForward(last.attention.first(hidden, pass), pass), pass, .tanh)
    }
}
