public import ZooBase
public import ZooNN
public import ZooTensor

/// A family of models: one file each, listed in Architectures.swift.
public protocol Architecture: SendableMetatype {
    /// What people call it.
    static var name: String { get }
    /// The values of `model_type` in config.json that mean it.
    static var modelTypes: [String] { get }
    /// What the names of its tensors may begin with, most specific first; the empty string for none.
    static var dialects: [String] { get }
    /// A tensor, without the dialect's prefix, that every checkpoint of it has.
    static var landmark: String { get }
    /// A small configuration for tests, as config.json.
    static var tiny: JSON { get }
    /// Whether a tensor (named without the dialect's prefix) may be there without being used.
    static func isHarmless(_ name: String) -> Bool

    /// The tensors, without the dialect's prefix, that nothing but `pooled` needs; checkpoints for other tasks lack them.
    static var pooling: [String] { get }

    /// What can be cut, and where; nil when the architecture does not say.
    static var axes: ModelAxes? { get }

    /// Builds it from a place in a checkpoint; missing tensors are in the loader's report.
    ///
    /// - Throws: `ModelError.configuration` naming the key that is wrong. `dropout` replaces the configuration's.
    init(configuration: JSON, dropout: Double?, scope: ParameterScope) throws(ModelError)

    /// Width of what `pooled` returns.
    var width: Int { get }
    /// The longest sequence.
    var maximumLength: Int { get }
    /// Rows of the token table and of the segment table.
    var vocabularySize: Int { get }
    /// Rows of the segment table.
    var typeCount: Int { get }
    /// Number of layers.
    var layerCount: Int { get }
    /// Dropout in front of a classification head.
    var headDropout: Double { get }

    /// One vector for each sequence: [sequences, width].
    func pooled(_ batch: TokenBatch, _ pass: Pass) -> Tensor
    /// The last hidden states: [tokens, width].
    func encoded(_ batch: TokenBatch, _ pass: Pass) -> Tensor

    /// The hidden states after the embeddings and `layers` layers: [tokens, width].
    func states(_ batch: TokenBatch, after layers: Int, _ pass: Pass) -> Tensor
    /// What `pooled` makes of the states after `layers` layers, with the dropout that `pooled` would have.
    func pooled(states: Tensor, after layers: Int, _ pass: Pass) -> Tensor
}
