extension String {
    /// The text on one line, and harmless to a terminal: whatever could steer one is written as in `\u{1b}`.
    ///
    /// These are control characters (C0, DEL, C1), line and paragraph separators, and characters without a shape of
    /// their own, which may turn round what follows; but for the two that join letters and emoji.
    public var printable: String {
        if utf8.allSatisfy({ $0 &- 0x20 < 0x5F }) { return self }
        var shown = ""
        for scalar in unicodeScalars {
            if scalar.isPrintable {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return shown
    }
}

extension Unicode.Scalar {
    /// Whether it may go to a terminal as it is.
    public var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        case .format: value == 0x200C || value == 0x200D
        default: true
        }
    }
}
