internal import ZooBase
internal import ZooCheckpoint

/// How much the weights of one checkpoint differ from another's, group by group.
enum WeightComparison {
    /// Compares tensors of the same name and shape; the others make their group not comparable.
    static func compare(_ first: Checkpoint, _ second: Checkpoint) throws -> [WeightChange] {
        var groups: [Group] = []
        var places: [String: Int] = [:]
        let names = first.tensors.map(\.info.name) + second.tensors.map(\.info.name).filter { first[$0] == nil }
        for name in names {
            guard let dtype = (first[name] ?? second[name])?.info.dtype, dtype.isFloat else { continue }
            let title = group(of: name)
            let place = places[title, default: groups.count]
            if place == groups.count {
                places[title] = place
                groups.append(Group(title: title))
            }
            try groups[place].add(first[name], second[name])
        }
        return groups.map(\.change)
    }

    private struct Group {
        let title: String
        private var difference = 0.0
        private var norm = 0.0
        private var count = 0
        private var isComparable = true

        init(title: String) { self.title = title }

        mutating func add(_ first: CheckpointTensor?, _ second: CheckpointTensor?) throws {
            guard let first, let second, first.info.shape == second.info.shape else {
                isComparable = false
                return
            }
            count += first.info.shape.elementCount
            let a = try first.view().cast(to: .f32).view
            let b = try second.view().cast(to: .f32).view
            a.withUnsafeBytes { left in
                b.withUnsafeBytes { right in
                    let x = left.bindMemory(to: Float.self), y = right.bindMemory(to: Float.self)
                    for index in x.indices {
                        let delta = Double(y[index]) - Double(x[index])
                        difference += delta * delta
                        norm += Double(x[index]) * Double(x[index])
                    }
                }
            }
        }

        var change: WeightChange {
            let relative = norm > 0 ? (difference / norm).squareRoot() : difference > 0 ? nil : 0
            return WeightChange(group: title, relative: isComparable ? relative : nil, elementCount: count)
        }
    }

    /// `embeddings`, `layer 3`, `pooler`, `head`; the first part of the name for anything else.
    private static func group(of name: String) -> String {
        let parts = name.split(separator: ".").map(String.init)
        if let index = parts.firstIndex(of: "layer"), index + 1 < parts.count, Int(parts[index + 1]) != nil {
            return "layer \(parts[index + 1])"
        }
        if parts.contains("embeddings") { return "embeddings" }
        if parts.contains("pooler") { return "pooler" }
        if parts.first == "classifier" { return "head" }
        return parts.first ?? name
    }
}
