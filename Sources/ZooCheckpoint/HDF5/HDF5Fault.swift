internal import ZooBase

/// What can be wrong with an HDF5 file.
extension FormatFault {
    /// The library cannot read it; `reason` is its own.
    static func hdf5Unreadable(_ path: String, _ reason: String) -> FormatFault {
        FormatFault("hdf5Unreadable", "\(place(path))libhdf5 cannot read it: \(reason)", .fetchAgain)
    }

    /// The elements of a dataset cannot be had.
    static func hdf5Elements(_ path: String, _ reason: String) -> FormatFault {
        FormatFault("hdf5Elements", "\(place(path))its elements cannot be read: \(reason)", .fetchAgain)
    }

    /// The process that read the file came to an end.
    static func hdf5Crashed(_ ending: String) -> FormatFault {
        FormatFault("hdf5Crashed", "libhdf5 \(ending) while it worked on the file", .fetchAgain)
    }

    /// The process that read the file took too long.
    static let hdf5TimeLimit = FormatFault(
        "hdf5TimeLimit", "libhdf5 took longer than a file of this size may", .fetchAgain)

    /// The process that read the file said something else than a table.
    static let hdf5Answer = FormatFault("hdf5Answer", "the description of the file makes no sense", .fetchAgain)

    /// The description takes more memory than any file's should.
    static let hdf5Memory = FormatFault(
        "hdf5Memory", "describing the file takes more memory than a file of this size may", .fetchAgain)

    /// Elements that are said to lie beyond the end of the file.
    static func hdf5BeyondFile(_ path: String, end: String, found: Int) -> FormatFault {
        FormatFault("hdf5BeyondFile", "\(place(path))ends at byte \(end), the file has \(found)", .fetchAgain)
    }

    /// A layer names a weight that is not there.
    static func hdf5MissingWeight(_ path: String) -> FormatFault {
        FormatFault("hdf5MissingWeight", "\(place(path))listed in weight_names, and not in the file", .saveAgain)
    }

    /// A dtype that HDF5 has no word for.
    static func hdf5NoType(_ info: TensorInfo) -> FormatFault {
        FormatFault(
            "hdf5NoType", "\(place(info.name))HDF5 has no type for \(info.dtype.rawValue)",
            .other("convert it to another dtype or write safetensors"))
    }

    /// More dimensions than HDF5 has.
    static func hdf5Rank(_ info: TensorInfo) -> FormatFault {
        FormatFault(
            "hdf5Rank", "\(place(info.name))HDF5 has at most 32 dimensions, found \(info.shape.rank)",
            .other("reshape it or write safetensors"))
    }

    /// The program that runs libhdf5 cannot be found.
    static let hdf5NoProgram = FormatFault(
        "hdf5NoProgram", "HDF5 is read by a process of the program `zoo`, which is not there",
        .other("install `zoo` beside this program"))

    /// The program has no library to read the file with.
    static let hdf5NoLibrary = FormatFault(
        "hdf5NoLibrary",
        "HDF5 is read with libhdf5, which is not installed, or not in the version that zoo was built with",
        .other("install it (Debian, Ubuntu: apt install libhdf5-dev)"))

    /// A fault that the process found; nil for an unknown name.
    static func hdf5Refusal(_ identifier: String, path: String, detail: String) -> FormatFault? {
        switch identifier {
        case "hdf5Unreadable": hdf5Unreadable(path, detail)
        case "hdf5Unwritable":
            FormatFault(identifier, "\(place(path))libhdf5 cannot write it: \(detail)", .other("rename the tensor"))
        case "hdf5Memory": hdf5Memory
        case "hdf5ExternalLink":
            FormatFault(identifier, "\(place(path))a link to another file", outside)
        case "hdf5UserLink":
            FormatFault(identifier, "\(place(path))a link of a kind that only its writer knows", outside)
        case "hdf5ExternalStorage":
            FormatFault(identifier, "\(place(path))its elements are in other files", outside)
        case "hdf5VirtualDataset":
            FormatFault(identifier, "\(place(path))its elements are parts of other files", outside)
        case "hdf5CyclicGroups":
            FormatFault(identifier, "\(place(path))a group that contains itself", .saveAgain)
        case "hdf5TooDeep":
            FormatFault(identifier, "\(place(path))more than 64 groups inside each other", .saveAgain)
        case "hdf5TooManyLinks":
            FormatFault(identifier, "more than 1048576 names", .saveAgain)
        default: nil
        }
    }

    private static let outside = Remedy.other("save it as one file: nothing outside a file is ever read")

    private static func place(_ path: String) -> String {
        path.isEmpty ? "" : CheckpointError.quoted(path) + ": "
    }
}
