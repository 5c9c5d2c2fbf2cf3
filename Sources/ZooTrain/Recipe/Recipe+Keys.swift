public import ZooBase
internal import ZooTensor

extension Recipe: JSONRepresentable {
    /// The names of all keys, in the order of the documentation.
    public static let keys = Recipe().json.members?.map(\.name) ?? []

    /// All keys with their values.
    public var json: JSON {
        func optional(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
        return [
            "epochs": .integer(epochs), "batchSize": .integer(batchSize), "accumulate": .integer(accumulate),
            "lr": .number(lr),
            "weightDecay": .number(weightDecay), "warmup": .number(warmup), "schedule": .string(schedule.rawValue),
            "dropout": optional(dropout), "maxLength": .integer(maxLength), "seed": .integer(seed),
            "freeze": freeze.json, "headLr": optional(headLr), "classWeights": classWeights.json,
            "labelSmoothing": .number(labelSmoothing),
            "earlyStopping": earlyStopping.map { .integer($0) } ?? .null,
            "metric": metric.map { .string($0) } ?? .null, "clip": optional(clip),
            "precision": .string(precision.rawValue), "saveDtype": .string(saveDtype.rawValue.lowercased()),
            "temperature": .number(temperature), "distillationWeight": .number(distillationWeight),
            "hiddenWeight": optional(hiddenWeight),
        ]
    }

    /// The keys that say how a teacher is followed: without one they change nothing.
    public static let teacherKeys = ["temperature", "distillationWeight", "hiddenWeight"]

    /// All keys that can change a bit of the result.
    public func effective(hasTeacher: Bool) -> JSON {
        .object((json.members ?? []).filter { hasTeacher || !Self.teacherKeys.contains($0.name) })
    }

    /// Sets one key, written `batchSize` or `batch-size`; null restores the default of a key that may be unset.
    ///
    /// - Throws: `TrainError`: `unknownKey`, `invalidValue`.
    public mutating func set(_ key: String, _ json: JSON, source: String) throws(TrainError) {
        let value = Value(key: Self.camelCase(key), json: json, source: source)
        switch value.key {
        case "epochs": epochs = try value.integer(in: 1...10_000)
        case "batchSize": batchSize = try value.integer(in: 1...65_536)
        case "accumulate": accumulate = try value.integer(in: 1...65_536)
        case "lr": lr = try value.number(above: 0, to: 10)
        case "weightDecay": weightDecay = try value.number(from: 0, to: 10)
        case "warmup": warmup = try value.number(from: 0, to: 1e9)
        case "schedule": schedule = try value.choice(Schedule.Shape.allCases)
        case "dropout": dropout = try value.isNull ? nil : value.number(from: 0, below: 1)
        case "maxLength": maxLength = try value.integer(in: 1...1_000_000)
        case "seed": seed = try value.integer(in: 0...Int.max)
        case "freeze":
            guard let depth = FreezeDepth(json) else {
                throw value.wrong("\"none\", \"embeddings\", a number of layers, or \"all\"")
            }
            freeze = depth
        case "headLr": headLr = try value.isNull ? nil : value.number(above: 0, to: 10)
        case "classWeights":
            guard let weighting = ClassWeighting(json) else {
                throw value.wrong("\"none\", \"balanced\", or positive numbers, one a label")
            }
            classWeights = weighting
        case "labelSmoothing": labelSmoothing = try value.number(from: 0, below: 1)
        case "earlyStopping": earlyStopping = try value.isNull ? nil : value.integer(in: 1...10_000)
        case "metric": metric = try value.isNull ? nil : value.string()
        case "clip": clip = try value.isNull ? nil : value.number(above: 0, to: .greatestFiniteMagnitude)
        case "precision": precision = try value.choice(Precision.allCases)
        case "saveDtype":
            let name = try value.string()
            guard let dtype = [DType.f32, .f16, .bf16].first(where: { $0.rawValue.lowercased() == name.lowercased() })
            else { throw value.wrong("f32, f16 or bf16") }
            saveDtype = dtype
        case "temperature": temperature = try value.number(above: 0, to: 1000)
        case "distillationWeight": distillationWeight = try value.number(from: 0, to: 1)
        case "hiddenWeight": hiddenWeight = try value.isNull ? nil : value.number(from: 0, to: 1e6)
        default: throw .unknownKey(source: source, key: key, known: Self.keys)
        }
    }

    private static func camelCase(_ key: String) -> String {
        let parts = key.split(separator: "-", omittingEmptySubsequences: false)
        return parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

/// One key's value, on its way into a recipe.
private struct Value {
    let key: String
    let json: JSON
    let source: String

    var isNull: Bool { json.isNull }

    func wrong(_ expected: String) -> TrainError {
        .invalidValue(source: source, key: key, expected: expected, found: json.text(.compact))
    }

    func integer(in range: ClosedRange<Int>) throws(TrainError) -> Int {
        guard let value = json.integer, range.contains(value) else {
            throw wrong(
                range.upperBound == .max
                    ? "an integer of at least \(range.lowerBound)"
                    : "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(from low: Double, to high: Double) throws(TrainError) -> Double {
        guard let value = json.number, value >= low, value <= high else {
            throw wrong("a number from \(low) to \(high)")
        }
        return value
    }

    func number(from low: Double, below high: Double) throws(TrainError) -> Double {
        guard let value = json.number, value >= low, value < high else {
            throw wrong("a number from \(low) to less than \(high)")
        }
        return value
    }

    func number(above low: Double, to high: Double) throws(TrainError) -> Double {
        guard let value = json.number, value > low, value <= high else {
            throw wrong(high > 1e300 ? "a number above \(low)" : "a number above \(low), at most \(high)")
        }
        return value
    }

    func string() throws(TrainError) -> String {
        guard let value = json.string else { throw wrong("a name") }
        return value
    }

    func choice<Choice: RawRepresentable<String>>(_ choices: [Choice]) throws(TrainError) -> Choice {
        guard let choice = json.string.flatMap(Choice.init(rawValue:)) else {
            throw wrong(choices.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }
}
