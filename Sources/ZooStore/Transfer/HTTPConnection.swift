import CCurl
import Glibc
import ZooBase

/// The head of a response.
struct HTTPHead: Sendable {
    let status: Int
    /// By name in lower case; of several of one name the last.
    fileprivate(set) var fields: [String: String] = [:]

    subscript(_ name: String) -> String? { fields[name] }
}

/// Takes what a successful response brings.
protocol HTTPReceiver: AnyObject {
    /// Whether the exchange is to end early.
    var isCancelled: Bool { get }
    /// Sees the head; only of a status in 200…299.
    func receive(_ head: HTTPHead) throws(ExchangeFailure)
    /// Takes bytes of the body; false when no more are wanted.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(ExchangeFailure) -> Bool
}

/// A connection to a mirror, used by one thread at a time.
///
/// It is kept open between requests. Redirects are followed here, so that credentials go to the mirror's own host only.
final class HTTPConnection {
    private static let maximumRedirects = 5
    private let handle: OpaquePointer
    private let origin: HTTPOrigin

    /// - Throws: `StoreError.network` when libcurl is not installed.
    init(_ origin: HTTPOrigin) throws(StoreError) {
        self.origin = origin
        if let reason = zoo_http_unavailable() {
            throw .refused(mirror: origin.mirror, url: origin.base, reason: String(cString: reason))
        }
        guard let handle = zoo_http_open("zoo", origin.certificates) else {
            throw .network(mirror: origin.mirror, url: origin.base, reason: "out of memory")
        }
        self.handle = handle
    }

    deinit { zoo_http_close(handle) }

    /// Gets `url`, or the bytes `range` of it, and gives them to `receiver`; only the status 304 when it still is what
    /// `validator` stands for.
    @discardableResult
    func get(
        _ url: String, range: Range<Int>? = nil, unless validator: HTTPValidator? = nil,
        into receiver: any HTTPReceiver
    ) throws(ExchangeFailure) -> HTTPHead {
        var url = url
        var first: HTTPHead?
        for _ in 0...Self.maximumRedirects {
            let head = try exchange(
                url, range: range, unless: validator, redirectedFrom: first, into: receiver)
            guard [301, 302, 303, 307, 308].contains(head.status) else { return head }
            first = first ?? head
            guard let location = head["location"], let next = HTTPOrigin.resolve(location, from: url) else {
                throw .final(origin.fault(url, "redirects to nowhere"))
            }
            guard ["http", "https"].contains(HTTPOrigin.part(next, "scheme") ?? "") else {
                throw .final(origin.fault(url, "redirects to something that is not http"))
            }
            guard HTTPOrigin.part(url, "scheme") != "https" || HTTPOrigin.part(next, "scheme") == "https" else {
                throw .final(origin.fault(url, "redirects from https to http"))
            }
            url = next
        }
        throw .final(origin.fault(url, "redirects more than \(Self.maximumRedirects) times"))
    }

    private func exchange(
        _ url: String, range: Range<Int>?, unless validator: HTTPValidator?, redirectedFrom first: HTTPHead?,
        into receiver: any HTTPReceiver
    ) throws(ExchangeFailure) -> HTTPHead {
        // What is stored is what was hashed: no coding of the content is asked for.
        var lines = ["Accept-Encoding: identity"]
        if let range { lines.append("Range: bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        if let validator { lines.append("If-None-Match: \(validator.text)") }
        do throws(StoreError) {
            if let token = try origin.token(for: url) { lines.append("Authorization: Bearer \(token)") }
        } catch { throw .final(error) }
        let exchange = Exchange(receiver, origin: origin, url: url, first: first)
        var reason = [CChar](repeating: 0, count: 256)
        let outcome = exchange.withEvents { events in
            withHeaderLines(lines) { zoo_http_get(handle, url, $0, lines.count, events, &reason) }
        }
        if let failure = exchange.failure { throw failure }
        let text = reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        switch outcome {
        case ZOO_HTTP_DONE: break
        case ZOO_HTTP_STOPPED where exchange.hasEnough: break
        case ZOO_HTTP_STOPPED: throw .transient(reason: "stopped")
        case ZOO_HTTP_UNREACHABLE, ZOO_HTTP_BROKEN: throw .transient(reason: text)
        case ZOO_HTTP_UNTRUSTED:
            throw .final(
                .refused(
                    mirror: origin.mirror, url: HTTPOrigin.shown(url),
                    reason: "\(text); for a certificate authority of your own: zoo mirror add … --ca FILE"))
        default: throw .final(.refused(mirror: origin.mirror, url: HTTPOrigin.shown(url), reason: text))
        }
        return exchange.head
    }

    private func withHeaderLines<Result>(
        _ lines: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = lines.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

/// One request and its response, as the library's events tell it.
private final class Exchange {
    private let receiver: any HTTPReceiver
    private let origin: HTTPOrigin
    private let url: String
    private let first: HTTPHead?
    private(set) var head = HTTPHead(status: 0)
    private(set) var failure: ExchangeFailure?
    private(set) var hasEnough = false
    private var lastByte = ContinuousClock.now
    private var ignored = 0

    init(_ receiver: any HTTPReceiver, origin: HTTPOrigin, url: String, first: HTTPHead?) {
        self.receiver = receiver
        self.origin = origin
        self.url = url
        self.first = first
    }

    func withEvents<Result>(_ body: (UnsafePointer<zoo_http_events>) -> Result) -> Result {
        var events = zoo_http_events()
        events.context = Unmanaged.passUnretained(self).toOpaque()
        events.header = { context, line, length in
            Exchange.of(context).header(UnsafeRawBufferPointer(start: line, count: length)) ? 0 : 1
        }
        events.body = { context, bytes, length in
            Exchange.of(context).body(UnsafeRawBufferPointer(start: bytes, count: length)) ? 0 : 1
        }
        events.tick = { Exchange.of($0).tick() ? 0 : 1 }
        return withExtendedLifetime(self) { withUnsafePointer(to: &events, body) }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Exchange {
        Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
    }

    private func header(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            head = HTTPHead(status: line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            head.fields[line[..<colon].lowercased()] = String(value)
        } else if line.isEmpty, head.status >= 200 {
            lastByte = .now
            return attempt { () throws(ExchangeFailure) in try judge() }
        }
        return true
    }

    private func judge() throws(ExchangeFailure) {
        switch head.status {
        case 200..<300:
            if let coding = head["content-encoding"], coding != "identity" {
                throw .final(origin.fault(url, "sends a compressed body (\(coding)), which was not asked for"))
            }
            // What a hub says of a file may stand on the redirect to where it lies.
            if let first { head.fields.merge(first.fields.filter { $0.key.hasPrefix("x-") }) { _, hub in hub } }
            try receiver.receive(head)
        case 300..<400: break
        case 408, 425, 429, 500, 502, 503, 504:
            throw .transient(
                reason: "HTTP status \(head.status)", wait: head["retry-after"].flatMap { Double($0) })
        default:
            throw .status(
                head.status, url: HTTPOrigin.shown(url), code: head["x-error-code"], message: head["x-error-message"])
        }
    }

    private func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // A redirect's body says nothing; a short one is read so that the connection can be used again.
        guard (200..<300).contains(head.status) else {
            ignored += bytes.count
            hasEnough = ignored > 1 << 16
            return !hasEnough
        }
        let goesOn = attempt { () throws(ExchangeFailure) in
            if try !receiver.receive(bytes) { hasEnough = true }
        }
        lastByte = .now
        return goesOn && !hasEnough
    }

    private func tick() -> Bool {
        if receiver.isCancelled { return false }
        guard lastByte.duration(to: .now) < .seconds(origin.settings.stallSeconds) else {
            failure = .transient(reason: "no byte came for \(origin.settings.stallSeconds) seconds")
            return false
        }
        return true
    }

    private func attempt(_ body: () throws(ExchangeFailure) -> Void) -> Bool {
        do throws(ExchangeFailure) { try body() } catch {
            failure = error
            return false
        }
        return true
    }
}
