internal import ZooBase

extension TorchContent {
    /// The number that the file begins with, as a pickle of it ends: 0x1950a86a20f9469cfc6c.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    private static let version = 1001
    private static let place = "the pickle"

    /// A file from before PyTorch 1.6: pickles of a magic number, a version, the writing system, the checkpoint and the
    /// keys of its storages, then each storage after its count of elements.
    static func legacy(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> TorchContent {
        // How long the pickles are is known once they have been run: more of the file is taken until they end in it.
        var headCount = min(bytes.byteCount, 1 << 20)
        while true {
            do throws(CheckpointError) { return try legacy(bytes, headCount: headCount, file: file) } catch {
                let limit = min(bytes.byteCount, PyTorchFormat.maximumPickle)
                guard error == .malformed(file: file, .pickleCut(place)), headCount < limit else { throw error }
                headCount = min(limit, headCount * 8)
            }
        }
    }

    private static func legacy(
        _ bytes: SegmentedBytes, headCount: Int, file: String
    ) throws(CheckpointError) -> TorchContent {
        let head = bytes.array(0..<headCount)
        // The magic number stands after a protocol and, from protocol 4 on, a frame.
        guard let magicStart = [2, 11].first(where: { head.dropFirst($0).starts(with: magic) }) else {
            return try unsaved(head, bytes, file: file)
        }
        var position = magicStart + magic.count
        let version = try plain(head, &position, file)
        guard case .integer(Self.version) = version.machine[version.root] else {
            throw .malformed(file: file, .torchLegacy("unknown version of the format before PyTorch 1.6"))
        }
        _ = try plain(head, &position, file)
        let (machine, root) = try run(head, &position, file)
        let keys = try plain(head, &position, file)
        guard case .list(let keyList) = keys.machine[keys.root] else {
            throw .malformed(file: file, .torchLegacy("the keys of the storages are not a list"))
        }
        var widths: [ExactString: Int] = [:]
        for case .storage(let storage) in machine.arena {
            let width = storage.type?.byteWidth ?? 1
            guard widths.updateValue(width, forKey: ExactString(storage.key)) ?? width == width else {
                throw .malformed(
                    file: file, .torchLegacy("storage \(CheckpointError.quoted(storage.key)) has two element types"))
            }
        }
        var places: [ExactString: TorchStorages.Place] = [:]
        for (number, reference) in keyList.enumerated() {
            // As with the headers of a zip archive.
            if number % ZipArchive.headersAtOnce == 0 { bytes.relinquish() }
            guard case .string(let key) = keys.machine[reference], let width = widths[ExactString(key)] else {
                throw .malformed(file: file, .torchLegacy("the keys of the storages name one that no tensor has"))
            }
            guard position + 8 <= bytes.byteCount,
                let count = ZipFields(bytes.array(position..<position + 8)).u64(0),
                count <= (bytes.byteCount - position - 8) / width
            else {
                throw .malformed(file: file, .torchLegacy("storage \(CheckpointError.quoted(key)) leaves the file"))
            }
            position += 8
            guard places.updateValue(.stored(position..<position + count * width), forKey: ExactString(key)) == nil
            else {
                throw .malformed(file: file, .torchLegacy("storage \(CheckpointError.quoted(key)) is there twice"))
            }
            position += count * width
        }
        guard position == bytes.byteCount else {
            throw .malformed(file: file, .torchLegacy("\(bytes.byteCount - position) bytes after the last storage"))
        }
        return TorchContent(
            machine: machine, root: root,
            storages: TorchStorages(bytes: bytes, file: file, places: places, isBigEndian: false, hasParts: true),
            producer: "PyTorch before 1.6, or its old format")
    }

    private static func run(
        _ head: [UInt8], _ position: inout Int, _ file: String
    ) throws(CheckpointError) -> (machine: PickleMachine, root: PickleReference) {
        var machine = PickleMachine(head, at: position, place: place, file: file)
        let root = try machine.run()
        position = machine.position
        return (machine, root)
    }

    /// One of the pickles around the checkpoint, which name nothing.
    private static func plain(
        _ head: [UInt8], _ position: inout Int, _ file: String
    ) throws(CheckpointError) -> (machine: PickleMachine, root: PickleReference) {
        let result = try run(head, &position, file)
        if let global = result.machine.refused.first {
            throw .malformed(file: file, .pickleGlobal(global, in: place, also: [], holds: "nothing was read"))
        }
        return result
    }

    /// A pickle of something else: it is run for the sake of what it asks for, then refused.
    private static func unsaved(
        _ head: [UInt8], _ bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) -> TorchContent {
        var position = 0
        let (machine, root) = try run(head, &position, file)
        guard !machine.refused.isEmpty else {
            throw .malformed(file: file, .torchNotSaved("it has no storages"))
        }
        return TorchContent(
            machine: machine, root: root,
            storages: TorchStorages(bytes: bytes, file: file, places: [:], isBigEndian: false, hasParts: true),
            producer: "pickle")
    }
}
