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

    /// What the model with `tensors` is; nil when no map knows.
    ///
    /// `sizes` gives sizes of axes by name (`heads`) as a configuration tells them.
    public func architecture(_ tensors: [TensorInfo], sizes: [String: Int] = [:]) -> Architecture? {
        // Names that are ambiguous are not recognized.
        guard let found = try? recognized(tensors) else { return nil }
        return found.map.architecture(tensors, found.recognition, sizes: sizes)
    }
}
