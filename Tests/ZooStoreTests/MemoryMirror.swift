import Synchronization
import ZooBase

@testable import ZooStore

/// The in-memory twin of a mirror on another machine: the same transfers, without a network.
final class MemoryMirror: PartSource {
    enum Fault { case whole, breaksOff, wrongOnce }

    let files: [String: [UInt8]]
    let fault: Fault?
    /// Bytes sent so far.
    let sent = Mutex(0)
    /// Sends no more than this many bytes; then every connection breaks.
    let allowance: Int
    private let tries = Mutex<[String: Int]>([:])

    private let connections: Int

    init(_ files: [String: [UInt8]], fault: Fault? = nil, allowance: Int = .max, connections: Int = 4) {
        self.files = files
        self.fault = fault
        self.allowance = allowance
        self.connections = connections
    }

    var model: RemoteModel {
        RemoteModel(
            repository: "lab/base", revision: nil, commit: nil,
            files: files.map { path, bytes in
                RemoteFile(path: path, size: bytes.count, claim: .sha256(ContentDigest(of: bytes)))
            })
    }

    var settings: TransferSettings {
        var settings = TransferSettings()
        settings.firstDelay = 0.001
        settings.connections = connections
        return settings
    }

    func connect() -> any PartConnection { Connection(self) }
    func error(_ failure: ExchangeFailure, _ file: RemoteFile) -> StoreError {
        switch failure {
        case .final(let error): error
        default: .network(mirror: "memory", url: file.path, reason: "broke off")
        }
    }
    func chunkDigests(_ file: RemoteFile) -> [ContentDigest]? {
        let bytes = files[file.path]!
        return stride(from: 0, to: bytes.count, by: PulledFile.chunkSize).map {
            ContentDigest(of: Array(bytes[$0..<min($0 + PulledFile.chunkSize, bytes.count)]))
        }
    }

    final class Connection: PartConnection {
        private let mirror: MemoryMirror
        init(_ mirror: MemoryMirror) { self.mirror = mirror }

        func fetch(_ file: RemoteFile, _ range: Range<Int>, into receiver: PartReceiver) throws(ExchangeFailure) {
            var bytes = mirror.files[file.path]!
            let attempt = mirror.tries.withLock { tries in
                tries[file.path, default: 0] += 1
                return tries[file.path]!
            }
            if mirror.fault == .wrongOnce, attempt == 1 { bytes[range.lowerBound] ^= 1 }
            var range = range
            if mirror.fault == .whole { range = 0..<bytes.count }
            receiver.begin(at: range.lowerBound, isWhole: mirror.fault == .whole)
            if mirror.fault == .breaksOff, attempt % 2 == 1 {
                range = range.lowerBound..<range.lowerBound + range.count / 2
            }
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 100_000) {
                let piece = Array(bytes[start..<min(start + 100_000, range.upperBound)])
                let total = mirror.sent.withLock { sent in
                    sent += piece.count
                    return sent
                }
                guard total <= mirror.allowance else { throw .transient(reason: "broke off") }
                let outcome = piece.withUnsafeBytes { buffer in
                    Result { () throws(ExchangeFailure) in
                        try receiver.receive(buffer) {
                            .mirrorFault(mirror: "memory", place: file.path, reason: "too long")
                        }
                    }
                }
                if try !outcome.get() { return }
            }
        }
    }
}
