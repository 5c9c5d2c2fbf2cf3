public import ZooBase

/// What torch.save writes (torch/serialization.py): a zip archive with a pickle and a record for each storage, or, before
/// PyTorch 1.6, a run of pickles with the storages after them.
///
/// The pickle is run as data by a machine that calls nothing. What it may name is a short list; everything else is
/// refused by name.
public enum PyTorchFormat: CheckpointFormat {
    /// What the format is called: `torch`.
    public static let name = "torch"
    /// How names end: `.pt`; `.pth` and `.bin` are as usual.
    public static let suffix = ".pt"
    /// The largest pickle that is read, in bytes.
    static let maximumPickle = 32 << 20

    /// A zip archive whose first entry is not an array of NumPy, or a pickle of protocol 2 to 5.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool {
        if let first = ZipArchive.firstName(prefix) {
            return !NumPyArchiveFormat.recognizes(prefix, byteCount: byteCount)
                && (!first.isWhole || first.name.contains(UInt8(ascii: "/")))
        }
        return prefix.count > 2 && prefix[0] == 0x80 && (2...5).contains(prefix[1])
    }

    /// Runs the pickle and finds the storages, and reads no element.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        if let archive = try archiveOfArrays(bytes, file: file) { return archive }
        let content = try TorchContent(bytes, file: file)
        guard content.machine.refused.isEmpty else { throw refusal(content) }
        return try content.checkpoint()
    }

    /// What can be said of a file that `open` refuses because its pickle may run code: every tensor is listed as one that
    /// cannot be read, with the reason; of a file that is not refused, what `open` says.
    ///
    /// - Throws: `CheckpointError` when even that cannot be told.
    public static func survey(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let content = try TorchContent(bytes, file: file)
        return try content.machine.refused.isEmpty ? content.checkpoint() : content.survey()
    }

    /// The checkpoint when the file is a zip archive of arrays: the beginning of one whose first name is long does not show
    /// it.
    private static func archiveOfArrays(
        _ bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) -> Checkpoint? {
        let prefix = bytes.array(0..<min(64, bytes.byteCount))
        guard ZipArchive.recognizes(prefix), ZipArchive.firstName(prefix)?.isWhole == false,
            NumPyArchiveFormat.holds(try ZipArchive(bytes, file: file))
        else { return nil }
        return try NumPyArchiveFormat.open(bytes, file: file)
    }

    private static func refusal(_ content: TorchContent) -> CheckpointError {
        let refused = content.machine.refused
        let count = (try? content.tree()).map { $0.tensors.count + $0.optimizerState.count }
        let holds = count.map { "none of its \($0) tensors was read" } ?? "nothing was read"
        return .malformed(
            file: content.machine.file,
            .pickleGlobal(refused[0], in: content.machine.place, also: Array(refused.dropFirst()), holds: holds))
    }
}

/// A torch file whose pickle has been run.
struct TorchContent {
    let machine: PickleMachine
    let root: PickleReference
    let storages: TorchStorages
    let producer: String

    init(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) {
        let prefix = bytes.array(0..<min(64, bytes.byteCount))
        if ZipArchive.recognizes(prefix) {
            self = try Self.zip(bytes, file: file)
        } else if prefix.first == 0x80 {
            self = try Self.legacy(bytes, file: file)
        } else {
            throw .malformed(file: file, .torchNotPickle)
        }
    }

    init(machine: PickleMachine, root: PickleReference, storages: TorchStorages, producer: String) {
        self.machine = machine
        self.root = root
        self.storages = storages
        self.producer = producer
    }

    func tree() throws(CheckpointError) -> TorchTree { try TorchTree(root, machine) }

    func checkpoint() throws(CheckpointError) -> Checkpoint {
        let tree = try tree()
        var unreadable: [Checkpoint.Unreadable] = []
        func readable(
            _ described: [(name: String, tensor: TorchTensor)]
        ) throws(CheckpointError) -> [CheckpointTensor] {
            var tensors: [CheckpointTensor] = []
            tensors.reserveCapacity(described.count)
            for (name, tensor) in described {
                switch try storages.tensor(name, tensor) {
                case .readable(let tensor): tensors.append(tensor)
                case .unreadable(let remark): unreadable.append(remark)
                }
            }
            return tensors
        }
        let tensors = try readable(tree.tensors)
        return Checkpoint(
            format: PyTorchFormat.name, producer: producer, metadata: tree.metadata, tensors: tensors,
            optimizerState: try readable(tree.optimizerState), unreadable: unreadable,
            files: [.init(name: machine.file, byteCount: storages.bytes.byteCount, tensorCount: tensors.count)])
    }

    /// The file as it is shown when its pickle is refused.
    func survey() throws(CheckpointError) -> Checkpoint {
        let tree = try tree()
        let reason = "\(machine.place) asks for " + machine.refused.map(CheckpointError.quoted).joined(separator: ", ")
        let unreadable = (tree.tensors + tree.optimizerState).map { name, tensor in
            let type =
                switch tensor.type {
                case .known(let dtype): dtype.rawValue
                case .other(let name, _): name
                }
            return Checkpoint.Unreadable(name: name, description: "\(type) \(tensor.sizes)", reason: reason)
        }
        return Checkpoint(
            format: PyTorchFormat.name, producer: producer, metadata: tree.metadata, tensors: [],
            unreadable: unreadable,
            files: [.init(name: machine.file, byteCount: storages.bytes.byteCount, tensorCount: 0)])
    }
}
