import CCurl
import Glibc
import ZooBase

/// A web server that a mirror lies on: its address, and who we are there.
struct HTTPOrigin: Sendable {
    /// The mirror's name.
    let mirror: String
    /// Its address, without a slash at the end.
    let base: String
    /// A file that holds the token; read when it is needed, never kept.
    let tokenFile: String?
    /// A file of certificates to trust in place of the system's, when the user named one.
    private let ownCertificates: String?
    let settings: TransferSettings

    /// Makes the value.
    ///
    /// - Throws: `StoreError.invalidMirror` for an address that is no URL, or that holds a password.
    init(mirror: String, address: String, options: MirrorOptions, settings: TransferSettings = .standard)
        throws(StoreError)
    {
        var base = address
        while base.hasSuffix("/") { base.removeLast() }
        if let mark = base.first(where: { $0 == "?" || $0 == "#" }) {
            throw .invalidMirror(
                name: mirror,
                reason: "its address goes on with a \(mark == "?" ? "query (?…)" : "fragment (#…)") after "
                    + "\(Self.shown(base)); leave that out, and put a key into a file (--token-file)")
        }
        guard Self.part(base, "host")?.isEmpty == false else {
            throw .invalidMirror(name: mirror, reason: "\(Self.shown(address)) is not an address of a server")
        }
        guard Self.part(base, "user") == nil else {
            throw .invalidMirror(
                name: mirror, reason: "its address holds a user or password; put a token into a file (--token-file)")
        }
        self.mirror = mirror
        self.base = base
        self.settings = settings
        tokenFile = options.tokenFile
        ownCertificates = options.certificates
    }

    /// The members of a mirror's configuration; no secrets are among them.
    var configuration: JSON {
        .object([
            "ca": ownCertificates.map { .string($0) }, "tokenFile": tokenFile.map { .string($0) }, "url": .string(base),
        ])
    }

    /// A file of certificates to trust in place of the system's; the environment's stands in for the user's own, and is asked
    /// for each time: it is of the machine, not of the mirror.
    var certificates: String? { ownCertificates ?? getenv("SSL_CERT_FILE").map { String(cString: $0) } }

    /// The environment variable that may hold the mirror's token: `ZOO_TOKEN_` and its name in capitals.
    var tokenVariable: String {
        "ZOO_TOKEN_" + mirror.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }

    /// The token to send with a request for `url`; nil for other hosts than the mirror's own.
    ///
    /// - Throws: `StoreError.invalidMirror` when others may read the file, or when the token would go unencrypted.
    func token(for url: String) throws(StoreError) -> String? {
        let parts = ["scheme", "host", "port"]
        guard parts.allSatisfy({ Self.part(url, $0) == Self.part(base, $0) }) else { return nil }
        guard let token = try secret() else { return nil }
        let host = Self.part(base, "host") ?? ""
        let isLocal = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
        guard Self.part(base, "scheme") == "https" || isLocal else {
            throw .invalidMirror(name: mirror, reason: "a token is not sent over http; use an https address")
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidMirror(name: mirror, reason: "its token is empty or holds spaces or line ends")
        }
        return token
    }

    private func secret() throws(StoreError) -> String? {
        if let value = getenv(tokenVariable) { return String(cString: value) }
        guard let tokenFile else { return nil }
        var info = stat()
        guard stat(tokenFile, &info) == 0 else { throw unreadable(FileError("open", tokenFile)) }
        guard info.st_mode & 0o077 == 0 else {
            throw .invalidMirror(name: mirror, reason: "others may read its token: chmod 600 \(tokenFile)")
        }
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(tokenFile, limit: 1 << 16) } catch { throw unreadable(error) }
        let line = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)[0]
        return String(decoding: line.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    private func unreadable(_ error: FileError) -> StoreError {
        .invalidMirror(name: mirror, reason: "its token file: \(error.message)")
    }

    /// The address of `path` below the mirror's; what is special in an URL is escaped.
    func url(_ path: String) -> String { base + "/" + Self.escaped(path) }

    /// `path` with everything escaped but letters, digits, `-._~` and `/` (RFC 3986, section 2.3).
    static func escaped(_ path: String, slash: Bool = false) -> String {
        path.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            if isPlain || "-._~".unicodeScalars.contains(scalar) || (byte == UInt8(ascii: "/") && !slash) {
                return String(Character(scalar))
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
    }

    /// `url` as it may be shown: without a query, which may hold a signature, and without a user.
    static func shown(_ url: String) -> String {
        let plain = String(url.prefix { $0 != "?" && $0 != "#" })
        var parts = plain.split(separator: "/", omittingEmptySubsequences: false)
        // "https:", "", "user:password@host", …
        guard parts.count >= 3, let at = parts[2].lastIndex(of: "@") else { return plain }
        parts[2] = parts[2][parts[2].index(after: at)...]
        return parts.joined(separator: "/")
    }

    static func resolve(_ reference: String, from base: String) -> String? {
        guard let whole = zoo_url_resolve(base, reference) else { return nil }
        defer { zoo_http_free(whole) }
        return String(cString: whole)
    }

    /// The `scheme`, `host`, `port` or `user` of an URL, the first two in lower case.
    static func part(_ url: String, _ name: String) -> String? {
        guard let value = zoo_url_part(url, name) else { return nil }
        defer { zoo_http_free(value) }
        return name == "port" || name == "user" ? String(cString: value) : String(cString: value).lowercased()
    }

    func fault(_ url: String, _ reason: String) -> StoreError {
        .mirrorFault(mirror: mirror, place: Self.shown(url), reason: reason)
    }

    /// What a user is told of a failure after which no more is tried.
    func error(_ failure: ExchangeFailure, url: String) -> StoreError {
        switch failure {
        case .final(let error): error
        case .transient(let reason, _): .network(mirror: mirror, url: Self.shown(url), reason: reason)
        case .status(401, let url, _, let message), .status(403, let url, _, let message):
            .refused(
                mirror: mirror, url: url,
                reason: "access is denied" + (message.map { " (\($0.prefix(200)))" } ?? "")
                    + "; give a token in \(tokenVariable) or with zoo mirror add … --token-file FILE")
        case .status(let status, let url, _, let message):
            .refused(
                mirror: mirror, url: url,
                reason: "HTTP status \(status)" + (message.map { ": \($0.prefix(200))" } ?? ""))
        }
    }
}

/// What may be said about a mirror beside its address.
public struct MirrorOptions: Sendable {
    /// The kind; nil to find out.
    public var kind: String?
    /// A file, readable by its owner only, that holds a bearer token.
    public var tokenFile: String?
    /// A file of certificates (PEM) to trust in place of the system's.
    public var certificates: String?

    /// Makes the value.
    public init(kind: String? = nil, tokenFile: String? = nil, certificates: String? = nil) {
        self.kind = kind
        self.tokenFile = tokenFile
        self.certificates = certificates
    }

    /// Reads what `HTTPOrigin.configuration` wrote.
    init(configuration: ZooBase.JSON) {
        tokenFile = configuration["tokenFile"]?.string
        certificates = configuration["ca"]?.string
    }
}
