internal import ZooBase

extension TorchContent {
    private static let pickle = "data.pkl"
    /// Records other than storages are this long at most.
    private static let maximumRecord = 4096

    /// A file of PyTorch 1.6 or later: `FOLDER/data.pkl` and `FOLDER/data/KEY` for each storage.
    static func zip(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> TorchContent {
        let archive = try ZipArchive(bytes, file: file)
        let pickles = archive.entries.filter { entry in
            entry.name.hasSuffix("/" + pickle) && !entry.name.dropLast(pickle.count + 1).contains("/")
        }
        guard pickles.count == 1 else { throw .malformed(file: file, .torchMembers(archive.entries.map(\.name))) }
        let folder = String(pickles[0].name.dropLast(pickle.count))
        guard archive[folder + "constants.pkl"] == nil else { throw .malformed(file: file, .torchScript) }
        var order = "little"
        if let entry = archive[folder + "byteorder"] {
            order = String(decoding: try record(entry, of: archive, limit: maximumRecord), as: UTF8.self)
        }
        guard order == "little" || order == "big" else { throw .malformed(file: file, .torchByteOrder(order)) }
        let program = try record(pickles[0], of: archive, limit: PyTorchFormat.maximumPickle)
        var machine = PickleMachine(program, place: pickle, file: file)
        let root = try machine.run()
        guard machine.position == program.count else {
            throw .malformed(file: file, .pickleTrailing(pickle, program.count - machine.position))
        }
        var places: [ExactString: TorchStorages.Place] = [:]
        let data = folder + "data/"
        for entry in archive.entries where entry.name.utf8.starts(with: data.utf8) {
            let key = ExactString(String(decoding: entry.name.utf8.dropFirst(data.utf8.count), as: UTF8.self))
            places[key] = entry.range.map { .stored($0) } ?? .deflated(entry, archive)
        }
        return TorchContent(
            machine: machine, root: root,
            storages: TorchStorages(
                bytes: bytes, file: file, places: places, isBigEndian: order == "big", hasParts: false),
            producer: "PyTorch")
    }

    private static func record(
        _ entry: ZipEntry, of archive: ZipArchive, limit: Int
    ) throws(CheckpointError) -> [UInt8] {
        let contents = try archive.contents(entry, limit: limit)
        return contents.array(0..<contents.byteCount)
    }
}
