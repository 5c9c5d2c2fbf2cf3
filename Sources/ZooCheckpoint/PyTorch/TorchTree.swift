internal import ZooBase

/// The tensors of a pickled structure by their dotted names, and its plain values as metadata.
///
/// Keys and places in lists are joined by dots. A dictionary with `state` and `param_groups` is the state of an
/// optimizer (torch.optim.Optimizer.state_dict), wherever it stands.
struct TorchTree {
    private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
    private(set) var optimizerState: [(name: String, tensor: TorchTensor)] = []
    private(set) var metadata: [MetadataEntry] = []

    private static let maximumDepth = 64
    /// Values met on the way: a structure may hold one value in many places, and those inside it many times again.
    private static let maximumVisits = 1 << 20
    /// Bytes of all names together.
    private static let maximumNameBytes = 64 << 20
    /// The longest text that becomes metadata.
    private static let longestText = 4096
    private static let maximumMetadata = 4096
    /// The attribute of the outermost dictionary that holds the metadata that we write.
    static let metadataAttribute = "metadata"

    private let machine: PickleMachine
    private var visits = 0
    private var nameBytes = 0

    init(_ root: PickleReference, _ machine: PickleMachine) throws(CheckpointError) {
        self.machine = machine
        if case .tensor(let tensor) = machine[root] {
            tensors = [("tensor", tensor)]
            return
        }
        try walk(root, "", depth: 0, inOptimizer: false, inList: false)
        if case .dictionary(let dictionary) = machine[root] { readAttributes(dictionary) }
        var names = Set<ExactString>()
        for (name, _) in tensors where !names.insert(ExactString(name)).inserted {
            throw .duplicateName(file: machine.file, name: name)
        }
        var kept = Set<ExactString>()
        metadata = metadata.filter { kept.insert(ExactString($0.name)).inserted }
    }

    private mutating func walk(
        _ reference: PickleReference, _ name: String, depth: Int, inOptimizer: Bool, inList: Bool
    ) throws(CheckpointError) {
        visits += 1
        nameBytes += name.utf8.count
        guard visits <= Self.maximumVisits else {
            throw machine.fault(.torchTooDeep("more than \(Self.maximumVisits) values"))
        }
        guard nameBytes <= Self.maximumNameBytes else {
            throw machine.fault(.torchTooDeep("names of more than \(Self.maximumNameBytes) bytes"))
        }
        guard depth <= Self.maximumDepth else {
            throw machine.fault(.torchTooDeep("more than \(Self.maximumDepth) levels"))
        }
        switch machine[reference] {
        case .tensor(let tensor):
            if inOptimizer { optimizerState.append((name, tensor)) } else { tensors.append((name, tensor)) }
        case .dictionary(let dictionary):
            let inOptimizer = inOptimizer || isOptimizer(dictionary)
            for (key, value) in dictionary.pairs {
                guard let key = text(key) else { continue }
                let inner = depth == 0 ? key : name + "." + key
                try walk(value, inner, depth: depth + 1, inOptimizer: inOptimizer, inList: inList)
            }
        case .list(let elements), .tuple(let elements):
            for (place, element) in elements.enumerated() {
                let inner = depth == 0 ? String(place) : name + "." + String(place)
                try walk(element, inner, depth: depth + 1, inOptimizer: inOptimizer, inList: true)
            }
        case .string, .integer, .number, .bool:
            guard depth > 0, !inOptimizer, !inList, metadata.count < Self.maximumMetadata, let text = text(reference),
                text.utf8.count <= Self.longestText
            else { return }
            metadata.append(MetadataEntry(name, text))
        case .none, .bytes, .global, .storage, .opaque: break
        }
    }

    /// A plain value as text; nil for others.
    private func text(_ reference: PickleReference) -> String? {
        switch machine[reference] {
        case .string(let text): text
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .bool(let value): String(value)
        default: nil
        }
    }

    private func isOptimizer(_ dictionary: PickleDictionary) -> Bool {
        let keys = dictionary.pairs.prefix(16).compactMap { text($0.key) }
        return keys.contains("state") && keys.contains("param_groups")
    }

    private mutating func readAttributes(_ dictionary: PickleDictionary) {
        guard let attributes = dictionary.attributes, case .dictionary(let attributes) = machine[attributes] else {
            return
        }
        for (key, value) in attributes.pairs where text(key) == Self.metadataAttribute {
            guard case .dictionary(let entries) = machine[value] else { continue }
            for (name, value) in entries.pairs {
                guard case .string(let name) = machine[name], case .string(let value) = machine[value] else { continue }
                metadata.append(MetadataEntry(name, value))
            }
        }
    }
}
