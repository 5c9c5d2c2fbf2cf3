import Foundation

/// Standard output and error: what goes where, and whether it may be coloured.
enum Terminal {
    /// Writes a line to standard output.
    static func out(_ text: String) {
        unsafe fputs(text, stdout)
        unsafe fputs("\n", stdout)
    }

    /// Writes a line to standard error.
    static func error(_ text: String) {
        flush()
        unsafe fputs(text + "\n", stderr)
    }

    /// Writes to standard error without ending the line.
    static func errorPart(_ text: String) {
        unsafe fputs(text, stderr)
        unsafe fflush(stderr)
    }

    /// Hands everything written so far to the system.
    static func flush() { unsafe fflush(stdout) }

    /// Whether standard error is a terminal, so that a progress bar makes sense.
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    /// Whether standard output is a terminal that wants colour.
    static let isColoured =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// `text`, emphasised where colour is wanted.
    static func bold(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    /// `text`, subdued where colour is wanted.
    static func dim(_ text: String) -> String { isColoured ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}
