internal import ZooBase

/// What the process that runs libhdf5 is asked to make: datasets at their paths, and attributes.
struct HDF5Plan {
    /// The tensors, in the order in which they are made.
    let tensors: [CheckpointTensor]
    /// The request.
    private(set) var request: [UInt8] = []

    /// The longest attribute that is a list, as Keras cuts it.
    private static let longestList = 64_512
    private static let longestName = 64 << 10
    private static let maximumRank = 32

    /// Plans the file that holds `state` and `metadata`.
    ///
    /// - Throws: `CheckpointError`.
    init(_ state: StateDict, metadata: [MetadataEntry]) throws(CheckpointError) {
        let layers = KerasLayers(state, metadata: metadata)
        tensors = layers?.tensors ?? state.tensors
        let root = layers?.group ?? ""
        let metadata = metadata.sorted { ExactString($0.name) < ExactString($1.name) }
        if !root.isEmpty { put(group: root) }
        for layer in layers?.layers ?? [] { put(group: Self.join(root, layer.name)) }
        try Self.check(state)
        for tensor in tensors { try put(tensor, at: Self.join(root, tensor.info.name)) }
        for tensor in tensors where tensor.info.dtype == .bf16 {
            put(attribute: "dtype", of: Self.join(root, tensor.info.name), text: "bfloat16")
        }
        if let layers {
            put(list: "layer_names", of: root, layers.layers.map(\.name))
            for layer in layers.layers { put(list: "weight_names", of: Self.join(root, layer.name), layer.weights) }
        }
        let objects = Self.objects(state, layers)
        for entry in metadata {
            if layers != nil && entry.isNameList { continue }
            if entry.name.hasSuffix("@dtype") && entry.value == "bfloat16" { continue }
            if let at = entry.name.utf8.lastIndex(of: UInt8(ascii: "@")),
                objects.contains(ExactString(String(entry.name[..<at])))
            {
                let name = String(entry.name[entry.name.utf8.index(after: at)...])
                put(attribute: name, of: Self.join(root, String(entry.name[..<at])), text: entry.value)
            } else {
                put(attribute: entry.name, of: "", text: entry.value)
                // Keras says these of a whole model twice, and looks in both places.
                if !root.isEmpty && ["backend", "keras_version"].contains(entry.name) {
                    put(attribute: entry.name, of: root, text: entry.value)
                }
            }
        }
        request.append(UInt8(ascii: "E"))
    }

    private static func join(_ group: String, _ name: String) -> String { group.isEmpty ? name : group + "/" + name }

    /// The paths of the datasets and of the groups above them.
    private static func objects(_ state: StateDict, _ layers: KerasLayers?) -> Set<ExactString> {
        var paths = Set((layers?.layers ?? []).map { ExactString($0.name) })
        for tensor in state.tensors {
            var path = Substring(tensor.info.name)
            while paths.insert(ExactString(String(path))).inserted,
                let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
            {
                path = path[..<slash]
            }
        }
        return paths
    }

    /// Names must be paths, and none a group to another.
    private static func check(_ state: StateDict) throws(CheckpointError) {
        var groups: Set<ExactString> = []
        for tensor in state.tensors {
            let name = tensor.info.name
            let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            let isPath = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.contains(0) }
            guard isPath, name.utf8.count < longestName else { throw .reservedName(name: name) }
            var path = Substring(name)
            while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                guard groups.insert(ExactString(String(path))).inserted else { break }
            }
        }
        for tensor in state.tensors where groups.contains(ExactString(tensor.info.name)) {
            throw .reservedName(name: tensor.info.name)
        }
    }

    private mutating func put(group path: String) {
        request.append(UInt8(ascii: "G"))
        put(path)
    }

    private mutating func put(_ tensor: CheckpointTensor, at path: String) throws(CheckpointError) {
        let info = tensor.info
        switch info.dtype {
        case .f4, .f6e2m3, .f6e3m2, .f8e4m3, .f8e5m2, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz:
            throw .malformed(file: HDF5Format.name, .hdf5NoType(info))
        case .u64, .i64, .f64, .c64, .f32, .u32, .i32, .bf16, .f16, .u16, .i16, .i8, .u8, .bool: break
        }
        guard info.shape.rank <= Self.maximumRank else { throw .malformed(file: HDF5Format.name, .hdf5Rank(info)) }
        request.append(UInt8(ascii: "D"))
        put(path)
        put(info.dtype.rawValue)
        request.append(UInt8(info.shape.rank))
        for size in info.shape.dimensions { put(UInt64(size), 8) }
    }

    private mutating func put(attribute name: String, of path: String, text: String) {
        request.append(UInt8(ascii: "A"))
        put(path)
        put(name)
        request.append(UInt8(ascii: "T"))
        put(text)
    }

    /// A list of strings, in as few pieces of the same number of strings as an attribute can hold.
    private mutating func put(list name: String, of path: String, _ strings: [String]) {
        let length = max(strings.map(\.utf8.count).max() ?? 0, 1)
        let pieceCount = max((strings.count * length + Self.longestList - 1) / Self.longestList, 1)
        let size = max((strings.count + pieceCount - 1) / pieceCount, 1)
        for piece in 0..<pieceCount {
            let part = strings.dropFirst(piece * size).prefix(size)
            request.append(UInt8(ascii: "A"))
            put(path)
            put(pieceCount == 1 ? name : "\(name)\(piece)")
            request.append(UInt8(ascii: "L"))
            put(UInt64(part.count), 8)
            put(UInt64(length), 4)
            for string in part { put(string) }
        }
    }

    private mutating func put(_ text: String) {
        put(UInt64(text.utf8.count), 4)
        request += Array(text.utf8)
    }

    private mutating func put(_ number: UInt64, _ count: Int) {
        for place in 0..<count { request.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
}
