internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels

/// How transformers calls an architecture's classes and tensors.
struct HubNames {
    let architecture: any Architecture.Type
    /// The class without a head.
    let base: String
    /// The class with a classifier.
    let classifier: String
    /// What the names of the encoder's tensors begin with in a class with a head.
    let prefix: String

    /// One entry for each architecture.
    static let all = [
        HubNames(
            architecture: Bert.self, base: "BertModel", classifier: "BertForSequenceClassification", prefix: "bert.")
    ]

    /// The names for the architecture that `configuration` asks for.
    static func find(_ configuration: JSON) throws(ExportError) -> HubNames {
        let type = configuration["model_type"]?.string
        guard let type, let names = all.first(where: { $0.architecture.modelTypes.contains(type) }) else {
            throw .model(.unknownModelType(type, known: all.flatMap { $0.architecture.modelTypes }))
        }
        return names
    }

    /// The model's tensors under the names that transformers gives them, and the names of those it has no use for.
    func state(of model: ExportableModel) throws(ExportError) -> (state: StateDict, dropped: [String]) {
        var kept: [TensorView] = []
        var dropped: [String] = []
        for tensor in model.tensors {
            let name = tensor.info.name
            let inside = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            if architecture.isHarmless(inside) || inside.hasPrefix("classifier.") && model.head == nil {
                dropped.append(name)
            } else if inside.hasPrefix("classifier.") || model.head == nil {
                kept.append(tensor.renamed(Self.modern(inside)))
            } else {
                kept.append(tensor.renamed(prefix + Self.modern(inside)))
            }
        }
        do { return (try StateDict(kept), dropped) } catch { throw .checkpoint(error) }
    }

    /// Layer norms of old checkpoints call their vectors `gamma` and `beta`.
    private static func modern(_ name: String) -> String {
        for (old, new) in [(".gamma", ".weight"), (".beta", ".bias")] where name.hasSuffix(old) {
            return name.dropLast(old.count) + new
        }
        return name
    }

    /// config.json: the version's own, with what depends on head and dtype replaced.
    func configuration(of model: ExportableModel, dtype: DType) -> JSON {
        var replaced: [JSONMember] = [
            JSONMember("architectures", [.string(model.head == nil ? base : classifier)]),
            JSONMember("torch_dtype", .string(dtype.torchName)),
        ]
        if let head = model.head {
            let labels = head.labels.enumerated()
            replaced += [
                JSONMember("id2label", .object(labels.map { JSONMember(String($0), .string($1)) })),
                JSONMember("label2id", .object(labels.map { JSONMember($1, .integer($0)) })),
                JSONMember("num_labels", .integer(head.labels.count)),
                JSONMember("problem_type", .string(head.problem.rawValue)),
            ]
        }
        let gone =
            ["architectures", "torch_dtype", "dtype", "id2label", "label2id", "num_labels", "problem_type"]
            + ["_name_or_path"]
        let kept = (model.configuration.members ?? []).filter { !gone.contains($0.name) }
        return .object(replaced + kept)
    }
}
