import Foundation
import Synchronization

/// Whether the user asked to stop (SIGINT, SIGTERM).
///
/// The first request is honoured at the next safe point; a second one ends the process at once, which loses nothing
/// but the time since the last checkpoint.
enum Interruption {
    private static let requests = Atomic<Int>(0)
    private static let terminations = Atomic<Int>(0)

    /// Whether a stop was asked for.
    static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    /// Whether it was SIGTERM that asked.
    static var wasTerminated: Bool { terminations.load(ordering: .relaxed) > 0 }

    /// Begins to listen.
    static func catchSignals() {
        // Whoever started this process may have blocked them.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        sigaddset(&wanted, SIGINT)
        sigaddset(&wanted, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if number == SIGTERM { Interruption.terminations.add(1, ordering: .relaxed) }
                if Interruption.requests.add(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
            }
        }
    }
}
