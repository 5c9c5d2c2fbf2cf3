internal import ZooBase

/// What can be wrong with a zip archive (PKWARE APPNOTE 6.3).
extension FormatFault {
    static let zipWithoutDirectory = FormatFault(
        "zipWithoutDirectory", "the zip archive does not end with a directory of its entries", .fetchAgain)
    static let zipInSeveralParts = FormatFault(
        "zipInSeveralParts", "the zip archive is split over several disks", .saveAgain)
    static func zipDirectory(_ what: String) -> FormatFault {
        FormatFault("zipDirectory", "the directory of the zip archive \(what)", .fetchAgain)
    }
    static func zipTooManyEntries(_ found: Int, limit: Int) -> FormatFault {
        FormatFault(
            "zipTooManyEntries", "the zip archive lists \(found) entries, more than the \(limit) allowed", .saveAgain)
    }
    static func zipName(_ name: [UInt8]) -> FormatFault {
        let shown = CheckpointError.quoted(String(decoding: name.prefix(100), as: UTF8.self))
        return FormatFault("zipName", "zip entry \(shown): the name is empty or not UTF-8", .saveAgain)
    }
    static func zipTraversal(_ name: String) -> FormatFault {
        FormatFault("zipTraversal", "zip entry \(quoted(name)): the name leaves the archive", .saveAgain)
    }
    static func zipDuplicate(_ name: String) -> FormatFault {
        FormatFault("zipDuplicate", "zip entry \(quoted(name)) is there twice", .saveAgain)
    }
    static func zipEncrypted(_ name: String) -> FormatFault {
        FormatFault("zipEncrypted", "zip entry \(quoted(name)) is encrypted", .other("decrypt the archive first"))
    }
    static func zipCompression(_ name: String, method: Int) -> FormatFault {
        FormatFault(
            "zipCompression",
            "zip entry \(quoted(name)): compression method \(method); only stored and deflated are read",
            .saveAgain)
    }
    static func zipLocalHeader(_ name: String, _ what: String) -> FormatFault {
        FormatFault("zipLocalHeader", "zip entry \(quoted(name)): its header \(what)", .fetchAgain)
    }
    static func zipSize(_ name: String, _ what: String) -> FormatFault {
        FormatFault("zipSize", "zip entry \(quoted(name)): \(what)", .fetchAgain)
    }
    static func zipOutside(_ name: String) -> FormatFault {
        FormatFault("zipOutside", "zip entry \(quoted(name)) does not lie before the directory", .fetchAgain)
    }
    static func zipOverlap(_ first: String, _ second: String) -> FormatFault {
        FormatFault("zipOverlap", "zip entries \(quoted(first)) and \(quoted(second)) overlap", .saveAgain)
    }
    static func zipBomb(_ what: String) -> FormatFault {
        FormatFault("zipBomb", what, .other("save it without compression"))
    }
    static func zipDeflate(_ name: String) -> FormatFault {
        FormatFault("zipDeflate", "zip entry \(quoted(name)): its bytes do not inflate to the size stated", .fetchAgain)
    }
    static func zipChecksum(_ name: String, expected: UInt32, found: UInt32) -> FormatFault {
        FormatFault(
            "zipChecksum",
            "zip entry \(quoted(name)): CRC-32 \(hex(found)), expected \(hex(expected))", .fetchAgain)
    }
    static func zipTooLarge(_ name: String, limit: Int, found: Int) -> FormatFault {
        FormatFault(
            "zipTooLarge", "zip entry \(quoted(name)): \(found) bytes, more than the \(limit) allowed", .saveAgain)
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
    private static func quoted(_ name: String) -> String { CheckpointError.quoted(name) }
}
