/// The architectures there are.
///
/// A new one is a file of its own and one line here.
public enum Architectures {
    /// In the order in which they are documented.
    public static let all: [any Architecture.Type] = [
        Bert.self
    ]

    /// The one that a `model_type` of config.json means; nil when there is none.
    public static func find(_ modelType: String) -> (any Architecture.Type)? {
        all.first { $0.modelTypes.contains(modelType) }
    }
}
