internal import ZooBase

extension PyTorchFormat: WritableFormat {
    /// The file that holds `state` as an ordered dictionary of tensors, in the order given, each with a storage of its own
    /// unless another has the same share of a storage already; `metadata` becomes the attribute `metadata` of that
    /// dictionary.
    ///
    /// - Throws: `CheckpointError` for a tensor of a dtype that torch does not have.
    public static func layout(
        _ state: StateDict, metadata: [MetadataEntry] = []
    ) throws(CheckpointError) -> any FileLayout {
        var pickle = PickleWriter()
        pickle.global("collections", "OrderedDict")
        pickle.add(")R(")
        var numbers: [CheckpointTensor.Share: Int] = [:]
        var tensors: [ZipLayout.Source] = []
        for tensor in state.tensors {
            let share = tensor.share?.holding(tensor.info.dtype)
            let number = share.flatMap { numbers[$0] } ?? tensors.count
            if number == tensors.count {
                tensors.append(ZipLayout.Source("archive/data/\(number)", tensor: tensor))
                if let share { numbers[share] = number }
            }
            pickle.text(tensor.info.name)
            guard tensor.info.shape.rank <= 64, pickle.add(tensor.info, storage: number) else {
                throw .malformed(file: name, .notHeld(tensor.info, by: "PyTorch"))
            }
        }
        pickle.add("u")
        if !metadata.isEmpty {
            pickle.add("}(")
            pickle.text(TorchTree.metadataAttribute)
            pickle.add("}(")
            for entry in metadata.sorted(by: { ExactString($0.name) < ExactString($1.name) }) {
                pickle.text(entry.name)
                pickle.text(entry.value)
            }
            pickle.add("uub")
        }
        pickle.add(".")
        return try ZipLayout(
            [ZipLayout.Source("archive/data.pkl", head: pickle.bytes)] + tensors
                + [
                    ZipLayout.Source("archive/byteorder", head: Array("little".utf8)),
                    ZipLayout.Source("archive/version", head: Array("3\n".utf8)),
                ], format: name)
    }
}

extension PickleWriter {
    /// The call that makes the tensor `info` of storage `number`; false, and nothing is written, when torch has no such
    /// element type.
    fileprivate mutating func add(_ info: TensorInfo, storage number: Int) -> Bool {
        let element = TorchElement.known(info.dtype)
        let storage = TorchElement.storages.first { $0.value == element }?.key
        guard let type = TorchElement.types.first(where: { $0.value == element })?.key else { return false }
        global("torch._utils", storage == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
        add("((")
        word("storage")
        if let storage {
            global("torch", storage + "Storage")
        } else {
            global("torch.storage", "UntypedStorage")
        }
        text(String(number))
        word("cpu")
        integer(storage == nil ? info.byteCount : info.shape.elementCount)
        add("tQ")
        integer(0)
        integers(info.shape.dimensions)
        integers(StridedElements.packed(info.shape.dimensions))
        no()
        global("collections", "OrderedDict")
        add(")R")
        if storage == nil { global("torch", type) }
        add("tR")
        return true
    }
}

extension FormatFault {
    /// A tensor that a format has no element type for.
    static func notHeld(_ info: TensorInfo, by program: String) -> FormatFault {
        FormatFault(
            "notHeld",
            "tensor \(CheckpointError.quoted(info.name)): \(program) cannot hold \(info.dtype.rawValue)"
                + (info.shape.rank > 64 ? " of rank \(info.shape.rank) (64 at most)" : ""),
            .other("convert it to another dtype"))
    }
}
