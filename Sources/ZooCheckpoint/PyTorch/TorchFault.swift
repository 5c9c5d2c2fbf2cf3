internal import ZooBase

/// What can be wrong with a torch checkpoint beyond its pickle.
extension FormatFault {
    static let torchNotPickle = FormatFault(
        "torchNotPickle", "neither a zip archive nor a pickle", .fetchAgain)
    static func torchNotSaved(_ what: String) -> FormatFault {
        FormatFault("torchNotSaved", "a pickle that torch.save did not write: \(what)", .saveAgain)
    }
    static func torchMembers(_ members: [String]) -> FormatFault {
        let shown = members.prefix(8).map(CheckpointError.quoted).joined(separator: ", ")
        let more = members.count > 8 ? " and \(members.count - 8) more" : ""
        return FormatFault(
            "torchMembers", "a zip archive without one data.pkl in its folder; it holds \(shown)\(more)", .saveAgain)
    }
    static let torchScript = FormatFault(
        "torchScript", "a TorchScript program, which would have to be run",
        .other("save the state dict of the module instead"))
    static func torchByteOrder(_ found: String) -> FormatFault {
        FormatFault("torchByteOrder", "unknown byte order \(CheckpointError.quoted(found))", .saveAgain)
    }
    static func torchShape(_ name: String, _ sizes: [Int]) -> FormatFault {
        FormatFault("torchShape", "\(tensor(name)): impossible shape \(sizes.prefix(16))", .saveAgain)
    }
    static func torchStride(_ name: String, _ strides: [Int]) -> FormatFault {
        FormatFault("torchStride", "\(tensor(name)): impossible strides \(strides.prefix(16))", .saveAgain)
    }
    static func torchOutside(_ name: String, storage: String, count: Int) -> FormatFault {
        FormatFault(
            "torchOutside",
            "\(tensor(name)) leaves its storage \(CheckpointError.quoted(storage)) of \(count) elements", .fetchAgain)
    }
    static func torchExpanded(_ name: String, byteCount: Int) -> FormatFault {
        FormatFault(
            "torchExpanded", "\(tensor(name)) expands few elements to \(byteCount) bytes",
            .other("call contiguous() on it before saving"))
    }
    static func torchStorageMissing(_ name: String, storage: String) -> FormatFault {
        FormatFault(
            "torchStorageMissing", "\(tensor(name)): its storage \(CheckpointError.quoted(storage)) is not in the file",
            .fetchAgain)
    }
    static func torchStorageSize(_ name: String, storage: String, expected: Int, found: Int) -> FormatFault {
        FormatFault(
            "torchStorageSize",
            "\(tensor(name)): its storage \(CheckpointError.quoted(storage)) has \(found) bytes, expected \(expected)",
            .fetchAgain)
    }
    static func torchLegacy(_ what: String) -> FormatFault { FormatFault("torchLegacy", what, .fetchAgain) }
    static func torchTooDeep(_ what: String) -> FormatFault {
        FormatFault("torchTooDeep", "the checkpoint holds \(what)", .saveAgain)
    }

    private static func tensor(_ name: String) -> String { "tensor " + CheckpointError.quoted(name) }
}
