extension FormatFault {
    /// A field goes beyond the end of the file.
    static func ggufTruncated(at offset: Int, needed: UInt64, found: Int) -> FormatFault {
        FormatFault(
            "ggufTruncated", "the header needs \(needed) bytes at byte \(offset), the file has \(found) there",
            .fetchAgain)
    }

    /// The version is none of those we read.
    static func ggufVersion(_ version: UInt32) -> FormatFault {
        FormatFault(
            "ggufVersion", "GGUF version \(version); versions 2 and 3 can be read",
            .other("convert it with a current release of the program that made it"))
    }

    /// All numbers are the other way round.
    static var ggufBigEndian: FormatFault {
        FormatFault(
            "ggufBigEndian", "a big-endian GGUF file; only little-endian ones can be read",
            .other("convert its byte order with the tools of the gguf package"))
    }

    /// More entries than any file needs.
    static func ggufTooMany(_ what: String, limit: Int, found: UInt64) -> FormatFault {
        FormatFault(
            "ggufTooMany", "the header says it has \(found) \(what), more than the \(limit) allowed", .fetchAgain)
    }

    /// A string is longer than it may be.
    static func ggufStringTooLong(_ what: String, at offset: Int, limit: Int, found: UInt64) -> FormatFault {
        FormatFault(
            "ggufStringTooLong", "\(what) at byte \(offset) says it has \(found) bytes, more than the \(limit) allowed",
            .fetchAgain)
    }

    /// A string is not UTF-8.
    static func ggufNotUTF8(_ what: String, at offset: Int) -> FormatFault {
        FormatFault("ggufNotUTF8", "\(what) at byte \(offset) is not UTF-8", .saveAgain)
    }

    /// A metadata value is of a type that the format does not have.
    static func ggufValueType(_ type: UInt32, at offset: Int) -> FormatFault {
        FormatFault("ggufValueType", "unknown type \(type) of a metadata value at byte \(offset)", .saveAgain)
    }

    /// A truth value is neither 0 nor 1.
    static func ggufBoolean(_ value: UInt8, at offset: Int) -> FormatFault {
        FormatFault("ggufBoolean", "the truth value at byte \(offset) is \(value), expected 0 or 1", .saveAgain)
    }

    /// Arrays inside arrays inside arrays.
    static func ggufTooDeep(limit: Int, at offset: Int) -> FormatFault {
        FormatFault("ggufTooDeep", "the array at byte \(offset) is more than \(limit) levels deep", .saveAgain)
    }

    /// Two metadata entries have the same name.
    static func ggufDuplicateKey(_ name: String) -> FormatFault {
        FormatFault(
            "ggufDuplicateKey", "the metadata \(CheckpointError.quoted(name)) appears twice", .saveAgain)
    }

    /// The alignment is no power of two in 32 bits.
    static func ggufAlignment(_ found: String) -> FormatFault {
        FormatFault(
            "ggufAlignment", "\"general.alignment\" is \(found), expected a u32 that is a power of two", .saveAgain)
    }

    /// A tensor has more dimensions than the format knows.
    static func ggufTooManyDimensions(_ tensor: String, limit: Int, found: UInt32) -> FormatFault {
        FormatFault(
            "ggufTooManyDimensions",
            "tensor \(CheckpointError.quoted(tensor)): \(found) dimensions, at most \(limit) are allowed", .saveAgain)
    }

    /// Rows that do not fill whole blocks.
    static func ggufNotWholeBlocks(_ tensor: String, type: GGMLType, rowLength: Int) -> FormatFault {
        FormatFault(
            "ggufNotWholeBlocks",
            "tensor \(CheckpointError.quoted(tensor)): rows of \(rowLength) are not whole blocks of "
                + "\(type.blockLength) \(type.name)", .saveAgain)
    }

    /// A tensor does not begin where the alignment puts it.
    static func ggufMisaligned(_ tensor: String, alignment: Int, found: UInt64) -> FormatFault {
        FormatFault(
            "ggufMisaligned",
            "tensor \(CheckpointError.quoted(tensor)): begins at byte \(found) of the data, no multiple of "
                + "the alignment \(alignment)", .saveAgain)
    }
}
