public import ZooBase

/// What a model is, told by the names and shapes of its tensors.
public struct Architecture: Sendable, Hashable {
    /// One size of a model.
    public struct Size: Sendable, Hashable {
        /// What it counts.
        public let name: String
        /// How many.
        public let value: Int
        /// Whether it is what most such models have, because nothing in the file tells.
        public let isAssumed: Bool
    }

    /// The family of models: the name of the map that knows it.
    public let family: String
    /// What people call it.
    public let title: String
    /// The dialect its tensors are named in.
    public let dialect: String
    /// Its sizes, in the order in which the map lists them.
    public let sizes: [Size]

    /// The size called `name`; nil when it is not known.
    public func size(_ name: String) -> Int? { sizes.first { $0.name == name }?.value }
}

extension Architecture: JSONRepresentable {
    /// Names in camel case.
    public var json: JSON {
        [
            "family": .string(family), "title": .string(title), "dialect": .string(dialect),
            "sizes": .object(sizes.map { JSONMember($0.name, .integer($0.value)) }),
            "assumed": .array(sizes.filter(\.isAssumed).map { .string($0.name) }),
        ]
    }
}

/// How a map tells the sizes of a model.
struct ArchitectureDescription: Sendable, Hashable {
    /// One size.
    struct Size: Sendable, Hashable {
        let name: String
        /// The rules whose tensors tell it, as places in the map.
        let rules: [Int]
        let source: Source
        /// Whether a model may be without it.
        let isOptional: Bool
    }

    enum Source: Sendable, Hashable {
        /// The number of tensors, and so many more.
        case count(plus: Int)
        /// The size of an axis, in the first dialect's layout.
        case axis(Int)
        /// The size of a named part of an axis.
        case part(String)
    }

    let title: String
    let sizes: [Size]

    init(_ json: JSON, rules: [KeyMap.Rule], file: String) throws(KeyMapError) {
        let fields = try KeyMapFields(json, file: file, place: "architecture", allowed: ["title", "sizes"])
        title = try fields.string("title")
        var sizes: [Size] = []
        for (index, json) in try fields.array("sizes").enumerated() {
            let size = try KeyMapFields(
                json, file: file, place: "architecture.sizes[\(index)]",
                allowed: ["name", "rules", "axis", "part", "plus", "optional"])
            var places: [Int] = []
            for name in try size.array("rules") {
                guard let place = rules.firstIndex(where: { $0.text == name.string }) else {
                    throw size.error("no rule is called \(name.text(.compact))")
                }
                places.append(place)
            }
            let source: Source
            if let axis = size.optional("axis") {
                guard let axis = axis.integer, axis >= 0 else { throw size.error("axis must be the place of one") }
                source = .axis(axis)
            } else if let part = try size.optionalString("part") {
                source = .part(part)
            } else {
                source = .count(plus: size.optional("plus")?.integer ?? 0)
            }
            sizes.append(
                Size(
                    name: try size.string("name"), rules: places, source: source,
                    isOptional: size.optional("optional")?.bool ?? false))
        }
        self.sizes = sizes
    }
}

extension KeyMap {
    /// What the model with `tensors`, recognized so, is; nil when the map does not say or a size is missing.
    ///
    /// `sizes` gives sizes of axes by name (`heads`) as a configuration tells them.
    public func architecture(
        _ tensors: [TensorInfo], _ recognition: KeyMapRecognition, sizes given: [String: Int] = [:]
    ) -> Architecture? {
        guard let architecture else { return nil }
        var sizes: [Architecture.Size] = []
        for size in architecture.sizes {
            let members = zip(tensors, recognition.matches).compactMap { info, match in
                match.flatMap { size.rules.contains($0.rule) ? (info, rules[$0.rule]) : nil }
            }
            if let value = value(size, members, recognition.dialectIndex, given) {
                sizes.append(Architecture.Size(name: size.name, value: value.0, isAssumed: value.assumed))
            } else if !size.isOptional {
                return nil
            }
        }
        var title = architecture.title
        for size in sizes where title.hasSuffix("{\(size.name)}") {
            title = title.dropLast(size.name.count + 2) + String(size.value)
        }
        return Architecture(family: name, title: title, dialect: recognition.dialect, sizes: sizes)
    }

    private func value(
        _ size: ArchitectureDescription.Size, _ members: [(TensorInfo, Rule)], _ dialect: Int, _ given: [String: Int]
    ) -> (Int, assumed: Bool)? {
        guard let (info, rule) = members.first else { return nil }
        let layout = rule.entries[dialect]?.layout
        switch size.source {
        case .count(let plus): return (members.count + plus, false)
        case .axis(let axis):
            guard let layout else { return axis < info.shape.rank ? (info.shape[axis], false) : nil }
            guard let sizes = try? layout.inverse.sizes(info.shape, known: [:]) else { return nil }
            let shape = layout.inverse.targetShape(sizes)
            return axis < shape.rank ? (shape[axis], false) : nil
        case .part(let part):
            var shape = info.shape
            if let layout {
                guard let told = try? layout.inverse.sizes(shape, known: [:]) else { return nil }
                if layout.divides(part), let size = told[part] { return (size, false) }
                shape = layout.inverse.targetShape(told)
            }
            // The shape does not tell, so another dialect's layout says how the axis is divided.
            let known = given.isEmpty ? assumedSizes : given
            guard let other = rule.entries.compactMap({ $0?.layout }).first(where: { $0.divides(part) }),
                let size = try? other.sizes(shape, known: known)[part]
            else { return nil }
            return (size, given.isEmpty)
        }
    }
}
