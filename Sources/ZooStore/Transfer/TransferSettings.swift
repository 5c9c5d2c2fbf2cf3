import Glibc

/// How patient transfers are.
struct TransferSettings: Sendable {
    /// Connections at once.
    var connections = 4
    /// Tries in a row that brought nothing.
    var attempts = 5
    /// Tries of one part altogether, for servers that send a few bytes and hang up.
    var totalAttempts = 40
    /// Seconds before the second try; each further wait is twice as long.
    var firstDelay = 0.5
    /// The longest wait a server may ask for.
    var longestDelay = 60.0
    /// Seconds without a byte after which a connection is dropped.
    var stallSeconds = 30.0

    /// The settings of a user: `ZOO_STALL_SECONDS` changes how long a silent connection is waited for.
    static let standard: TransferSettings = {
        var settings = TransferSettings()
        if let text = getenv("ZOO_STALL_SECONDS").map({ String(cString: $0) }), let seconds = Double(text), seconds > 0
        {
            settings.stallSeconds = seconds
        }
        return settings
    }()
}

/// Why an exchange with a mirror failed.
enum ExchangeFailure: Error {
    /// Another try may help; `wait` is what the server asked for, in seconds.
    case transient(reason: String, wait: Double? = nil)
    /// The server answered with this status and, perhaps, a word and a sentence.
    case status(Int, url: String, code: String?, message: String?)
    /// Another try cannot help.
    case final(StoreError)
}

/// How long to wait between tries.
struct Backoff {
    private let settings: TransferSettings
    private var fruitless = 0
    private var total = 0

    init(_ settings: TransferSettings) { self.settings = settings }

    /// Seconds to wait before the next try; nil when there have been enough.
    mutating func next(wait: Double?, hadProgress: Bool) -> Double? {
        if hadProgress { fruitless = 0 }
        fruitless += 1
        total += 1
        guard fruitless < settings.attempts, total < settings.totalAttempts else { return nil }
        var delay = settings.firstDelay
        for _ in 1..<fruitless { delay *= 2 }
        // Spread, so that many clients do not come back at the same moment.
        delay *= Double.random(in: 0.75...1.25)
        return min(max(delay, wait ?? 0), settings.longestDelay)
    }
}
