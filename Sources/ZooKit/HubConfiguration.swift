internal import ZooBase
internal import ZooCheckpoint

/// What config.json of the hub says of a head's labels (`id2label`, `label2id`) and of the weights' type
/// (`torch_dtype`, or `dtype` of newer files).
enum HubConfiguration {
    /// The labels, when somebody named them all.
    static func labels(_ configuration: JSON) -> [String] {
        guard let members = configuration["id2label"]?.members else { return [] }
        let pairs = members.compactMap { member in
            Int(member.name).flatMap { id in member.value.string.map { (id, $0) } }
        }.sorted { $0.0 < $1.0 }
        guard pairs.map(\.0) == Array(0..<members.count) else { return [] }
        return pairs.map(\.1)
    }

    /// config.json with these labels.
    static func writing(_ labels: [String], into configuration: JSON) -> JSON {
        let numbered = labels.enumerated()
        return configuration.replacing([
            ("id2label", .object(numbered.map { JSONMember(String($0), .string($1)) })),
            ("label2id", .object(numbered.map { JSONMember($1, .integer($0)) })), ("num_labels", nil),
        ])
    }

    /// config.json with this type.
    static func writing(_ dtype: DType, into configuration: JSON) -> JSON {
        let present = dtypeKeys.filter { configuration[$0] != nil }
        return configuration.replacing(
            (present.isEmpty ? ["torch_dtype"] : present).map { ($0, .string(dtype.torchName)) })
    }

    /// config.json as it fits a model with these labels and floating-point types; nil when it fits already.
    ///
    /// No labels at all (nil) are those of a base: of a head for classes nothing is said then.
    static func fitting(_ configuration: JSON, labels own: [String]?, dtypes: Set<DType>) -> JSON? {
        var fitted = configuration
        if let own {
            if !own.isEmpty, labels(configuration) != own { fitted = writing(own, into: fitted) }
        } else if configuration["architectures"]?.array?.contains(where: isClassifier) ?? false {
            fitted = fitted.replacing(headKeys.map { ($0, nil) })
        }
        if let dtype = holding(dtypes), dtypeKeys.contains(where: { configuration[$0] != nil }) {
            fitted = writing(dtype, into: fitted)
        }
        return fitted == configuration ? nil : fitted
    }

    private static func isClassifier(_ architecture: JSON) -> Bool {
        architecture.string?.hasSuffix("ForSequenceClassification") ?? false
    }

    private static let headKeys = ["architectures", "id2label", "label2id", "num_labels", "problem_type"]

    /// The narrowest type that holds the values of all: readers make the whole model of it.
    private static func holding(_ dtypes: Set<DType>) -> DType? {
        dtypes.count > 1 ? (dtypes.contains(.f64) ? .f64 : .f32) : dtypes.first
    }

    private static let dtypeKeys = ["torch_dtype", "dtype"]
}

extension JSON {
    /// The object with these members replaced where they are, added at the end where they are not, and left out where
    /// the value is nil.
    func replacing(_ values: [(String, JSON?)]) -> JSON {
        var members = self.members ?? []
        for (name, value) in values {
            let place = members.firstIndex { $0.name == name }
            switch (place, value) {
            case (let place?, let value?): members[place] = JSONMember(name, value)
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(JSONMember(name, value))
            case (nil, nil): break
            }
        }
        return .object(members)
    }
}
