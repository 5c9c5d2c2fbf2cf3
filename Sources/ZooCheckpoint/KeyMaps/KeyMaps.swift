public import ZooBase

/// Several name maps.
public struct KeyMaps: Sendable {
    /// The maps, by name.
    public let maps: [KeyMap]

    /// The maps given; traps when two have one name.
    public init(_ maps: [KeyMap]) {
        self.maps = maps.sorted { $0.name < $1.name }
        precondition(Set(maps.map(\.name)).count == maps.count, "two maps have one name")
    }

    /// The map and the dialect that cover most of `tensors`; nil when none covers half of them.
    ///
    /// - Throws: `KeyMapError.ambiguous`.
    public func recognized(
        _ tensors: [TensorInfo]
    ) throws(KeyMapError) -> (map: KeyMap, recognition: KeyMapRecognition)? {
        var best: (map: KeyMap, recognition: KeyMapRecognition)?
        for map in maps {
            guard let found = try map.recognized(tensors), found.coveredCount * 2 >= tensors.count,
                found.coveredCount > best?.recognition.coveredCount ?? 0
            else { continue }
            best = (map, found)
        }
        return best
    }
}
