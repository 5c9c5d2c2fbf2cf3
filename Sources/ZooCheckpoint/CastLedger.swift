internal import Synchronization
internal import ZooBase

/// Gathers what conversions lost while tensors are written, so that nothing is converted a second time to find out.
public final class CastLedger: Sendable {
    /// A tensor and what its conversion lost.
    public struct Entry: Sendable {
        /// The tensor.
        public let name: String
        /// What was lost.
        public let report: Cast.Report
    }

    private let reports = Mutex<[ExactString: Cast.Report]>([:])

    /// An empty ledger.
    public init() {}

    func record(_ report: Cast.Report, of name: String) {
        reports.withLock { $0[ExactString(name)] = report }
    }

    /// The tensors whose conversion lost something, sorted by name.
    public var losses: [Entry] {
        reports.withLock { reports in
            reports.filter { !$0.value.isExact }.sorted { $0.key < $1.key }
                .map { Entry(name: $0.key.text, report: $0.value) }
        }
    }
}
