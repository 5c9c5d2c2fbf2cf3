import Foundation
import Synchronization
import ZooBase

/// Standard output and error: what goes where, and whether it may be coloured.
enum Terminal {
    private static let pending = Mutex<[UInt8]>([])

    /// Writes a line for people to standard output; what could steer a terminal is written as in `\u{1b}`.
    static func out(_ text: String) { out(data: shown(text)) }

    /// Says what was made, or that it was there already, and how long that took.
    static func made(_ destination: String, alreadyExisted: Bool, seconds: Double) {
        out("\(bold(destination))\(alreadyExisted ? "  already is this" : "")  in \(Format.duration(seconds))")
    }

    /// Writes a line for programs to standard output, as it is.
    static func out(data text: String) {
        let isFull = pending.withLock { buffer in
            buffer += text.utf8
            buffer.append(UInt8(ascii: "\n"))
            return buffer.count >= 1 << 16
        }
        if isFull { flush() }
    }

    /// Writes whole lines to standard output.
    static func out(lines: ByteText) {
        flush()
        lines.withBytes { hand($0) }
    }

    /// Writes a line to standard error; what could steer a terminal is written as in `\u{1b}`.
    static func error(_ text: String) {
        flush()
        errorPart(text.printable + "\n")
    }

    /// `text` on one line with everything escaped that could steer a terminal, but for our own emphasis.
    private static func shown(_ text: String) -> String {
        let plain = text.printable
        return isColoured && text.contains("\u{1B}") ? emphasised(plain) : plain
    }

    /// Puts back the emphasis that was escaped.
    private static func emphasised(_ text: String) -> String {
        ["1", "2", "0"].reduce(text) { $0.replacing("\\u{1b}[\($1)m", with: "\u{1B}[\($1)m") }
    }

    /// Writes to standard error as it is, without ending the line.
    static func errorPart(_ text: String) {
        // Who closed standard error does not want to be told.
        try? WholeWrite.all(Array(text.utf8), to: STDERR_FILENO, path: "standard error")
    }

    /// Hands everything written so far to the system.
    static func flush() {
        let bytes = pending.withLock { buffer in
            defer { buffer = [] }
            return buffer
        }
        bytes.withUnsafeBytes { hand($0) }
    }

    private static func hand(_ bytes: UnsafeRawBufferPointer) {
        do { try WholeWrite.all(bytes, to: STDOUT_FILENO, path: "standard output") } catch {
            errorPart("zoo: cannot write to standard output: \(String(cString: strerror(error.code)))\n")
            exit(ExitStatus.resource.rawValue)
        }
    }

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
