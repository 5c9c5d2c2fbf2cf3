import Foundation

/// One line on standard error that shows how far a long operation is; silent when standard error is no terminal.
final class Progress {
    private let label: String
    private let isEnabled: Bool
    private let start = Date()
    private var lastDrawn = Date.distantPast
    private var hasDrawn = false

    /// Begins; `label` says what is being done.
    init(_ label: String, isQuiet: Bool) {
        self.label = label
        isEnabled = Terminal.errorIsTerminal && !isQuiet
    }

    deinit { finish() }

    /// Shows `done` of `total` bytes with rate and time left.
    func update(bytes done: Int, of total: Int?) {
        guard isDue(force: done == total) else { return }
        let elapsed = max(Date().timeIntervalSince(start), 0.001)
        let rate = Double(done) / elapsed
        var text = "\(label)  "
        if let total, total > 0 {
            text += Self.bar(Double(done) / Double(total))
            text += "  \(Format.bytes(done)) of \(Format.bytes(total))  \(Format.bytes(Int(rate)))/s"
            if rate > 0, done < total { text += "  \(Format.duration(Double(total - done) / rate)) left" }
        } else {
            text += "\(Format.bytes(done))  \(Format.bytes(Int(rate)))/s"
        }
        draw(text)
    }

    /// Shows `done` of `total` steps and `detail`.
    func update(step done: Int, of total: Int, detail: @autoclosure () -> String) {
        guard isDue(force: done == total) else { return }
        draw("\(label)  \(Self.bar(Double(done) / Double(max(total, 1))))  \(done)/\(total)  \(detail())")
    }

    /// Removes the line.
    func finish() {
        if hasDrawn { Terminal.errorPart("\r\u{1B}[K") }
        hasDrawn = false
    }

    private func isDue(force: Bool) -> Bool {
        guard isEnabled else { return false }
        guard force || Date().timeIntervalSince(lastDrawn) > 0.1 else { return false }
        lastDrawn = Date()
        return true
    }

    private func draw(_ text: String) {
        hasDrawn = true
        Terminal.errorPart("\r\u{1B}[K" + text)
    }

    private static func bar(_ share: Double) -> String {
        let width = 24
        let full = Int((min(max(share, 0), 1) * Double(width)).rounded())
        return "[" + String(repeating: "=", count: full) + String(repeating: " ", count: width - full) + "]"
    }
}
