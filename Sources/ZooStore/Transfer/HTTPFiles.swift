import ZooBase

/// The files of a model on a web server.
struct HTTPFiles: PartSource {
    let origin: HTTPOrigin
    /// The commit whose files they are, on a hub.
    let commit: String?
    /// Whether the server states digests in the heads of its answers.
    let isHub: Bool
    /// Where a file lies.
    let url: @Sendable (RemoteFile) -> String
    /// Where the digests of its chunks lie, for a file that has them.
    let chunkListURL: @Sendable (RemoteFile) -> String?

    var settings: TransferSettings { origin.settings }

    func connect() throws(StoreError) -> any PartConnection {
        Connection(files: self, http: try HTTPConnection(origin))
    }

    func error(_ failure: ExchangeFailure, _ file: RemoteFile) -> StoreError {
        if case .status(416, _, _, _) = failure {
            return origin.fault(url(file), "has fewer bytes than the \(file.size) the mirror states")
        }
        return origin.error(failure, url: url(file))
    }

    func chunkDigests(_ file: RemoteFile) throws(StoreError) -> [ContentDigest]? {
        guard let stated = file.chunkList, let url = chunkListURL(file) else { return nil }
        let count = (file.size + PulledFile.chunkSize - 1) / PulledFile.chunkSize
        guard let (_, bytes) = try HTTPClient(origin: origin).document(url, limit: 32 * count),
            ContentDigest(of: bytes) == stated
        else { return nil }
        return stride(from: 0, to: bytes.count - 31, by: 32).compactMap { start in
            ContentDigest(
                hex: bytes[start..<start + 32].map { byte in
                    let digits = String(byte, radix: 16)
                    return (digits.utf8.count == 1 ? "0" : "") + digits
                }.joined())
        }
    }

    /// Whether the server gives ranges, in words.
    static func rangeReport(_ origin: HTTPOrigin, url: String, size: Int) throws(StoreError) -> String {
        final class First: HTTPReceiver {
            let isCancelled = false
            func receive(_ head: HTTPHead) {}
            func receive(_ bytes: UnsafeRawBufferPointer) -> Bool { false }
        }
        do throws(ExchangeFailure) {
            let head = try Self.connection(origin).get(url, range: 1..<2, into: First())
            return head.status == 206
                ? "ranges: yes" : "ranges: no; an interrupted file is read again from its start, one connection a file"
        } catch { throw origin.error(error, url: url) }
    }

    private static func connection(_ origin: HTTPOrigin) throws(ExchangeFailure) -> HTTPConnection {
        do throws(StoreError) { return try HTTPConnection(origin) } catch { throw .final(error) }
    }

    private final class Connection: PartConnection {
        private let files: HTTPFiles
        private let http: HTTPConnection

        init(files: HTTPFiles, http: HTTPConnection) {
            self.files = files
            self.http = http
        }

        func fetch(_ file: RemoteFile, _ range: Range<Int>, into receiver: PartReceiver) throws(ExchangeFailure) {
            try http.get(
                files.url(file), range: range == 0..<file.size ? nil : range,
                into: Response(files: files, file: file, wanted: range, receiver: receiver))
        }
    }

    /// Judges the answer to a request for a part.
    private final class Response: HTTPReceiver {
        private let files: HTTPFiles
        private let file: RemoteFile
        private let wanted: Range<Int>
        private let receiver: PartReceiver

        init(files: HTTPFiles, file: RemoteFile, wanted: Range<Int>, receiver: PartReceiver) {
            self.files = files
            self.file = file
            self.wanted = wanted
            self.receiver = receiver
        }

        var isCancelled: Bool { receiver.isCancelled }

        private func fault(_ reason: String) -> ExchangeFailure {
            .final(files.origin.fault(files.url(file), reason))
        }

        func receive(_ head: HTTPHead) throws(ExchangeFailure) {
            if files.isHub { try checkStatements(head) }
            let length = head["content-length"].flatMap { Int($0) }
            switch head.status {
            case 206:
                guard let (part, total) = Self.contentRange(head["content-range"] ?? "") else {
                    throw fault("answers to a request for a range without saying which bytes it sends")
                }
                if let total, total != file.size {
                    throw fault("has \(total) bytes, the mirror states \(file.size)")
                }
                guard part.lowerBound == wanted.lowerBound, part.upperBound <= wanted.upperBound else {
                    throw fault("sends the bytes \(part) where \(wanted) was asked for")
                }
                receiver.begin(at: part.lowerBound, isWhole: false)
            case 200:
                guard length == nil || length == file.size else {
                    throw fault(
                        (isPage(head)
                            ? "answers with a web page (text/html) of \(length!) bytes, a login page perhaps; "
                            : "sends \(length!) bytes, ") + "the mirror states \(file.size)")
                }
                if length == nil, isPage(head), !file.path.lowercased().hasSuffix(".html") {
                    throw fault("answers with a web page (text/html) in place of the file, a login page perhaps")
                }
                receiver.begin(at: 0, isWhole: true)
            default: throw fault("answers with the status \(head.status)")
            }
        }

        func receive(_ bytes: UnsafeRawBufferPointer) throws(ExchangeFailure) -> Bool {
            try receiver.receive(bytes) {
                files.origin.fault(files.url(file), "sends more bytes than there are; the mirror states \(file.size)")
            }
        }

        private func isPage(_ head: HTTPHead) -> Bool {
            head["content-type"]?.lowercased().hasPrefix("text/html") == true
        }

        /// What a hub says beside its list must agree with the list.
        private func checkStatements(_ head: HTTPHead) throws(ExchangeFailure) {
            if let commit = head["x-repo-commit"], commit != files.commit {
                throw fault("answers with the commit \(commit), \(files.commit ?? "") was asked for")
            }
            if let size = head["x-linked-size"], Int(size) != file.size {
                throw fault("has \(size) bytes by its head, \(file.size) by the mirror's list")
            }
            guard var tag = head["x-linked-etag"] ?? head["etag"] else { return }
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            tag = tag.filter { $0 != "\"" }
            let stated: String? =
                switch file.claim {
                case .sha256(let digest): digest.hex
                case .gitBlob(let hex): hex
                case nil: nil
                }
            // Other tags are a server's own business.
            guard let stated, tag.utf8.count == stated.utf8.count, tag.allSatisfy(\.isHexDigit) else { return }
            guard tag.lowercased() == stated else {
                throw .final(
                    .failedDigest(
                        mirror: files.origin.mirror, file: file.path, stated: stated, found: "\(tag) by its ETag"))
            }
        }

        /// The bytes and the size of the whole in `bytes 0-99/200` or `bytes 0-99/*` (RFC 9110, section 14.4).
        static func contentRange(_ text: String) -> (Range<Int>, Int?)? {
            guard text.lowercased().hasPrefix("bytes ") else { return nil }
            let halves = text.dropFirst(6).split(separator: "/", maxSplits: 1)
            let ends = halves.first?.split(separator: "-", maxSplits: 1).compactMap { Int($0) } ?? []
            guard halves.count == 2, ends.count == 2, ends[0] >= 0, ends[0] <= ends[1], ends[1] < Int.max else {
                return nil
            }
            let total = Int(halves[1])
            guard total != nil || halves[1] == "*" else { return nil }
            return (ends[0]..<ends[1] + 1, total)
        }
    }
}
