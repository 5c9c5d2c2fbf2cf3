/// What can be wrong with an array of NumPy.
extension FormatFault {
    static func numpyMagic(_ array: String) -> FormatFault {
        FormatFault("numpyMagic", "\(quoted(array)) does not begin like an array of NumPy", .fetchAgain)
    }
    static func numpyVersion(_ array: String, _ found: Int) -> FormatFault {
        FormatFault("numpyVersion", "\(quoted(array)): version \(found) of the format; 1 to 3 are read", .saveAgain)
    }
    static func numpyHeader(_ array: String, _ what: String) -> FormatFault {
        FormatFault("numpyHeader", "\(quoted(array)): its header \(what)", .fetchAgain)
    }
    static func numpyObject(_ array: String) -> FormatFault {
        FormatFault(
            "numpyObject", "\(quoted(array)) holds Python objects, which may run code when they are read",
            .other("save it with a numeric dtype"))
    }
    static func numpyShape(_ array: String, _ shape: [Int]) -> FormatFault {
        FormatFault("numpyShape", "\(quoted(array)): impossible shape \(shape.prefix(16))", .saveAgain)
    }
    static func numpySize(_ array: String, expected: Int, found: Int) -> FormatFault {
        FormatFault(
            "numpySize", "\(quoted(array)): dtype and shape take \(expected) bytes, \(found) follow the header",
            .fetchAgain)
    }
    static func numpyMember(_ member: String) -> FormatFault {
        FormatFault(
            "numpyMember", "the zip archive holds \(quoted(member)), which is no array (.npy)", .saveAgain)
    }

    private static func quoted(_ name: String) -> String { CheckpointError.quoted(name) }
}
