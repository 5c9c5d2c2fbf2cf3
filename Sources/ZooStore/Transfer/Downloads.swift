import Dispatch
import ZooBase

/// Fetches ranges of a model's files.
protocol PartSource: Sendable {
    /// How patient to be.
    var settings: TransferSettings { get }
    /// What one thread needs to fetch.
    func connect() throws(StoreError) -> any PartConnection
    /// What the user is told of a failure after which no more is tried.
    func error(_ failure: ExchangeFailure, _ file: RemoteFile) -> StoreError
    /// The SHA-256 of each chunk of a file, when the mirror keeps such a list.
    func chunkDigests(_ file: RemoteFile) throws(StoreError) -> [ContentDigest]?
}

/// A connection for one thread.
protocol PartConnection: AnyObject {
    /// Fetches the bytes `range` of `file`, or, where the server knows no ranges, the whole file.
    func fetch(_ file: RemoteFile, _ range: Range<Int>, into receiver: PartReceiver) throws(ExchangeFailure)
}

/// A run of a file's bytes, fetched by one request.
struct Part: Sendable {
    /// A request asks for at most this much.
    static let maximumSize = 8 * PulledFile.chunkSize
    let file: Int
    let range: Range<Int>

    /// The parts that cover the chunks missing of a file.
    static func covering(_ missing: [Int], of size: Int, file: Int) -> [Part] {
        var parts: [Part] = []
        for chunk in missing {
            let start = chunk * PulledFile.chunkSize
            let end = min(start + PulledFile.chunkSize, size)
            if let last = parts.last, last.range.upperBound == start, last.range.count < maximumSize {
                parts[parts.count - 1] = Part(file: file, range: last.range.lowerBound..<end)
            } else {
                parts.append(Part(file: file, range: start..<end))
            }
        }
        return parts
    }
}

/// Parts fetched by several threads, a bounded number ahead of the one that takes them in order.
final class Downloads: Sendable {
    struct Chunk: Sendable {
        let bytes: [UInt8]
        let sum: UInt64
    }

    private enum Progress { case waiting, running, done }
    private enum Mode { case unknown, ranges, whole }

    private struct State {
        var progress: [Progress]
        var modes: [Int: Mode] = [:]
        /// Parts being fetched, by file.
        var running: [Int: Int] = [:]
        /// Every part before this one was begun.
        var firstWaiting = 0
        /// Chunks received and not yet taken, by part.
        var chunks: [[Chunk]]
        /// Bytes of the current part that were taken.
        var taken = 0
        var current = 0
        var failure: StoreError?
        var isStopped = false
    }

    /// How many parts may be fetched before the first of them is taken: what is kept in memory.
    private static let window = 10
    let parts: [Part]
    let files: [RemoteFile]
    private let source: any PartSource
    private let state: Monitor<State>
    private let threads = DispatchGroup()

    /// Begins to fetch.
    init(_ parts: [Part], of files: [RemoteFile], from source: any PartSource) {
        self.parts = parts
        self.files = files
        self.source = source
        state = Monitor(
            State(
                progress: Array(repeating: .waiting, count: parts.count),
                chunks: Array(repeating: [], count: parts.count)))
        let queue = DispatchQueue(label: "zoo.downloads", attributes: .concurrent)
        for _ in 0..<min(source.settings.connections, parts.count) { queue.async(group: threads) { [self] in work() } }
    }

    /// The next chunk of the parts, in order; waits for it.
    ///
    /// - Throws: what a thread failed with, once everything before it is taken or lost.
    func next() throws(StoreError) -> Chunk {
        try state.wait { state -> Result<Chunk, StoreError>? in
            let current = state.current
            if !state.chunks[current].isEmpty {
                let chunk = state.chunks[current].removeFirst()
                state.taken += chunk.bytes.count
                if state.taken == parts[current].range.count {
                    state.current += 1
                    state.taken = 0
                }
                return .success(chunk)
            }
            return state.failure.map { .failure($0) }
        }.get()
    }

    /// Ends the threads and waits for them.
    func stop() {
        state.change { $0.isStopped = true }
        threads.wait()
    }

    private func work() {
        do throws(StoreError) {
            var connection: (any PartConnection)?
            while let part = begin() {
                let open: any PartConnection
                if let connection { open = connection } else { open = try source.connect() }
                connection = open
                try fetch(part, over: open)
            }
        } catch {
            state.change { if $0.failure == nil { $0.failure = error } }
        }
    }

    /// The next part to fetch; nil when there is nothing more to do for this thread.
    ///
    /// Whether a server knows ranges shows in its first answer; until then one part of a file is fetched at a time.
    private func begin() -> Int? {
        state.wait { state -> Int?? in
            if state.isStopped || state.failure != nil { return .some(nil) }
            while state.firstWaiting < parts.count, state.progress[state.firstWaiting] != .waiting {
                state.firstWaiting += 1
            }
            guard state.firstWaiting < parts.count else { return .some(nil) }
            let end = min(max(state.firstWaiting, state.current + Self.window), parts.count)
            for part in state.firstWaiting..<end where state.progress[part] == .waiting {
                let file = parts[part].file
                if state.modes[file] == .ranges || state.running[file, default: 0] == 0 {
                    state.progress[part] = .running
                    state.running[file, default: 0] += 1
                    return part
                }
            }
            return nil
        }
    }

    private func fetch(_ part: Int, over connection: any PartConnection) throws(StoreError) {
        let receiver = PartReceiver(self, part: part)
        let file = files[parts[part].file]
        var backoff = Backoff(source.settings)
        while !receiver.isDone {
            let before = receiver.count
            do throws(ExchangeFailure) {
                try connection.fetch(file, receiver.wanted, into: receiver)
                if receiver.isDone || isStopped { return }
                throw .transient(
                    reason: "the body ended early, \(receiver.wanted.lowerBound) of \(file.size) bytes came")
            } catch {
                if isStopped { return }
                guard case .transient(_, let wait) = error,
                    let delay = backoff.next(wait: wait, hadProgress: receiver.count > before)
                else { throw source.error(error, file) }
                state.sleep(delay) { $0.isStopped || $0.failure != nil }
                if isStopped { return }
            }
        }
    }

    /// Whether the threads are to end.
    var isStopped: Bool { state.read { $0.isStopped || $0.failure != nil } }

    func setMode(_ file: Int, isWhole: Bool) {
        state.change { if $0.modes[file] == nil { $0.modes[file] = isWhole ? .whole : .ranges } }
    }

    /// Hands over a chunk; waits while the part lies too far ahead, which only a body of more than its part can.
    func push(_ chunk: Chunk, part: Int, isLast: Bool) {
        state.wait { state -> Void? in
            guard part < state.current + Self.window || state.isStopped || state.failure != nil else { return nil }
            state.chunks[part].append(chunk)
            if isLast {
                state.progress[part] = .done
                state.running[parts[part].file, default: 1] -= 1
            }
            return ()
        }
    }

    /// The part behind `part` in the same file, taken over by the body that is coming in; nil when there is none left.
    func takeOver(after part: Int) -> Int? {
        let next = part + 1
        guard next < parts.count, parts[next].file == parts[part].file else { return nil }
        return state.change { state in
            guard state.progress[next] == .waiting else { return nil }
            state.progress[next] = .running
            state.running[parts[next].file, default: 0] += 1
            return next
        }
    }
}
