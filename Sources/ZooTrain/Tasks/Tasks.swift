/// The kinds of task there are.
///
/// A new one is a file of its own and one line here.
public enum Tasks {
    /// In the order in which they are documented.
    public static let all: [any TaskDefinition.Type] = [
        SequenceClassification.self,
        Regression.self,
    ]

    /// The task of this kind with these labels.
    ///
    /// - Throws: `TrainError.unknownTask`.
    public static func make(kind: String, labels: [String]) throws(TrainError) -> any TaskDefinition {
        guard let type = all.first(where: { $0.kind == kind }) else {
            throw .unknownTask(kind: kind, known: all.map { $0.kind })
        }
        return type.init(labels: labels)
    }
}
