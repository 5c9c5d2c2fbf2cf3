import ZooBase

/// A mirror that is asked over HTTP.
protocol HTTPMirror: MirrorSource {
    /// Where it is.
    var origin: HTTPOrigin { get }
    init(name: String, origin: HTTPOrigin)
}

extension HTTPMirror {
    /// Its address.
    public var location: String { origin.base }
    /// Always.
    public var isRemote: Bool { true }
    /// An object `{"ca", "tokenFile", "url"}`.
    public var configuration: JSON { origin.configuration }

    /// Reads `{"ca", "tokenFile", "url"}`.
    public init(name: String, configuration: JSON) throws(StoreError) {
        let options = MirrorOptions(configuration: configuration)
        let address = configuration["url"]?.string ?? ""
        self.init(name: name, origin: try HTTPOrigin(mirror: name, address: address, options: options))
    }

    /// The mirror at `address`, of which only the form has been looked at; nil for one that is no URL.
    init?(name: String, url address: String, options: MirrorOptions) throws(StoreError) {
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else { return nil }
        self.init(name: name, origin: try HTTPOrigin(mirror: name, address: address, options: options))
    }
}
