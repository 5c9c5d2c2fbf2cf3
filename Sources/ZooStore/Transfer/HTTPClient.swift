import Glibc
import ZooBase

/// Small documents from a mirror.
struct HTTPClient: Sendable {
    /// The largest list that is read.
    static let maximumDocument = 256 << 20
    let origin: HTTPOrigin

    /// What a request for a document came to.
    enum Answer<Document> {
        case found(HTTPHead, Document)
        /// There is none of that address; `code` is the word a hub gives for what is missing.
        case missing(code: String?)
    }

    /// A document and the head it came with; nil when the server says there is none of that address.
    func document(_ url: String, limit: Int = maximumDocument) throws(StoreError) -> (head: HTTPHead, bytes: [UInt8])? {
        if case .found(let head, let bytes) = try fetch(url, limit: limit) { (head, bytes) } else { nil }
    }

    /// What a request for a document that is known already came to.
    enum Renewal {
        case found(HTTPHead, [UInt8])
        /// It is the one that is known.
        case unchanged
        case missing
    }

    /// A document, unless it is still the one that `validator` stands for.
    func document(_ url: String, unless validator: HTTPValidator?) throws(StoreError) -> Renewal {
        switch try fetch(url, limit: Self.maximumDocument, unless: validator) {
        case .missing: .missing
        case .found(let head, _) where head.status == 304 && validator != nil: .unchanged
        case .found(let head, let bytes): .found(head, bytes)
        }
    }

    private func fetch(
        _ url: String, limit: Int, unless validator: HTTPValidator? = nil
    ) throws(StoreError) -> Answer<[UInt8]> {
        let connection = try HTTPConnection(origin)
        var backoff = Backoff(origin.settings)
        while true {
            let collector = Collector(origin: origin, url: url, limit: limit)
            do throws(ExchangeFailure) {
                let head = try connection.get(url, unless: validator, into: collector)
                return .found(head, collector.bytes)
            } catch {
                if case .status(let status, _, let code, _) = error {
                    // A hub says 401 of a repository that is not there, lest its existence be told.
                    let isHidden = status == 401 && code == "RepoNotFound"
                    if status == 404 || status == 410 || isHidden { return .missing(code: code) }
                }
                guard case .transient(_, let wait) = error, let delay = backoff.next(wait: wait, hadProgress: false)
                else { throw origin.error(error, url: url) }
                usleep(UInt32(delay * 1e6))
            }
        }
    }

    /// A JSON document; nil when there is none of that address.
    ///
    /// - Throws: `StoreError.mirrorFault` for anything else, a web page for instance.
    func json(_ url: String) throws(StoreError) -> (head: HTTPHead, json: JSON)? {
        if case .found(let head, let json) = try answer(url) { (head, json) } else { nil }
    }

    /// The same, and what is said of a document that is not there.
    func answer(_ url: String) throws(StoreError) -> Answer<JSON> {
        let (head, bytes): (HTTPHead, [UInt8])
        switch try fetch(url, limit: Self.maximumDocument) {
        case .missing(let code): return .missing(code: code)
        case .found(let foundHead, let foundBytes): (head, bytes) = (foundHead, foundBytes)
        }
        return .found(head, try json(bytes, head: head, url: url))
    }

    /// The JSON document in `bytes`, which came with `head`.
    ///
    /// - Throws: `StoreError.mirrorFault` for anything else, a web page for instance.
    func json(_ bytes: [UInt8], head: HTTPHead, url: String) throws(StoreError) -> JSON {
        do { return try JSONParser.parse(bytes) } catch {
            let isPage = head["content-type"]?.lowercased().hasPrefix("text/html") == true
            throw origin.fault(
                url,
                isPage
                    ? "answers with a web page (text/html) in place of JSON: a login page, or not a mirror's address"
                    : "answers with something that is not JSON: \(error.message)")
        }
    }

    private final class Collector: HTTPReceiver {
        let isCancelled = false
        private(set) var bytes: [UInt8] = []
        private let origin: HTTPOrigin
        private let url: String
        private let limit: Int

        init(origin: HTTPOrigin, url: String, limit: Int) {
            self.origin = origin
            self.url = url
            self.limit = limit
        }

        func receive(_ head: HTTPHead) throws(ExchangeFailure) {}

        func receive(_ more: UnsafeRawBufferPointer) throws(ExchangeFailure) -> Bool {
            guard bytes.count + more.count <= limit else {
                throw .final(origin.fault(url, "sends more than \(limit) bytes"))
            }
            bytes += more
            return true
        }
    }
}
