/// What can be wrong with a pickle.
extension FormatFault {
    /// A pickle names something that is not on the list of what carries no code.
    static func pickleGlobal(_ global: String, in place: String, also others: [String], holds: String) -> FormatFault {
        let more = others.isEmpty ? "" : " (and \(others.map(CheckpointError.quoted).joined(separator: ", ")))"
        return FormatFault(
            "pickleGlobal", "\(place) asks for \(CheckpointError.quoted(global))\(more), which may run code; \(holds)",
            .other("save the state dict alone, in a session you trust, or ask its author for safetensors"))
    }
    static func pickleCut(_ place: String) -> FormatFault {
        FormatFault("pickleCut", "\(place) ends before its last instruction", .fetchAgain)
    }
    static func pickleTrailing(_ place: String, _ count: Int) -> FormatFault {
        FormatFault("pickleTrailing", "\(place): \(count) bytes after the last instruction", .saveAgain)
    }
    static func pickleOpcode(_ place: String, _ code: UInt8, at offset: Int) -> FormatFault {
        FormatFault("pickleOpcode", "\(place): unknown instruction \(code) at byte \(offset)", .fetchAgain)
    }
    static func pickleProtocol(_ place: String, _ found: Int) -> FormatFault {
        FormatFault("pickleProtocol", "\(place): pickle protocol \(found); 0 to 5 are read", .saveAgain)
    }
    static func pickleRefused(_ place: String, _ what: String) -> FormatFault {
        FormatFault("pickleRefused", "\(place) uses \(what), which no checkpoint needs", .saveAgain)
    }
    static func pickleStack(_ place: String, at offset: Int) -> FormatFault {
        FormatFault(
            "pickleStack", "\(place): the instruction at byte \(offset) does not find what it needs", .fetchAgain)
    }
    static func pickleMemo(_ place: String, at offset: Int) -> FormatFault {
        FormatFault(
            "pickleMemo", "\(place): the instruction at byte \(offset) recalls what was never kept", .fetchAgain)
    }
    static func pickleText(_ place: String, at offset: Int) -> FormatFault {
        FormatFault("pickleText", "\(place): the text at byte \(offset) is not what it should be", .fetchAgain)
    }
    static func pickleTooLarge(_ place: String, _ what: String) -> FormatFault {
        FormatFault("pickleTooLarge", "\(place) holds more than \(what)", .saveAgain)
    }
    static func pickleCall(_ place: String, _ global: String) -> FormatFault {
        FormatFault(
            "pickleCall", "\(place) calls \(CheckpointError.quoted(global)) with arguments it cannot take", .saveAgain)
    }
}
