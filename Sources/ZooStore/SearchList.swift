import ZooBase

/// What a mirror held when it was last looked through, as far as a search shows it: `cache/search-<mirror>`.
///
/// SHA-256 of the rest and a line feed; then texts, each with a zero behind it. One that cannot be read, or was kept of
/// another place, is as good as none.
struct SearchList {
    private static let format = "zoo search list 1"
    private static let digestLength = 64

    /// What tells whether the mirror is still as it was: every kind has its own.
    let state: String
    /// Whatever else the mirror wants to see again: texts, each with a zero behind it.
    let seen: [UInt8]
    /// How many models there are, and their texts.
    private let count: Int
    private let models: [UInt8]

    /// Keeps what was found; nil when a part could not be read, which the user is to be told every time, or for a text
    /// that holds a zero.
    init?(_ listing: MirrorListing, state: String, seen: [UInt8]) {
        guard listing.problems.isEmpty else { return nil }
        var texts = Texts()
        for model in listing.models {
            texts.add(model.name)
            texts.add(model.kind)
            texts.add(model.place)
            texts.add(model.size.map(String.init) ?? "")
            texts.add(String(model.licences.count))
            for licence in model.licences {
                texts.add(licence.name)
                texts.add(licence.source.rawValue)
            }
        }
        guard !texts.isBroken else { return nil }
        self.init(state: state, seen: seen, count: listing.models.count, models: texts.bytes)
    }

    private init(state: String, seen: [UInt8], count: Int, models: [UInt8]) {
        self.state = state
        self.seen = seen
        self.count = count
        self.models = models
    }

    /// The same list, of which the mirror wants to see something else again.
    func keeping(seen: [UInt8]) -> SearchList { SearchList(state: state, seen: seen, count: count, models: models) }

    /// The models, which `find` would tell more of; nil when the list makes no sense.
    func listing(of mirror: String) -> MirrorListing? {
        var reader = Reader(models)
        var found: [MirrorModel] = []
        found.reserveCapacity(count)
        for _ in 0..<count {
            guard let name = reader.text(), let kind = reader.text(), let place = reader.text(),
                let size = reader.text(), let licenceCount = reader.text().flatMap({ Int($0) })
            else { return nil }
            var licences: [Licence] = []
            for _ in 0..<max(0, licenceCount) {
                guard let name = reader.text(), let source = reader.text().flatMap(Licence.Source.init) else {
                    return nil
                }
                licences.append(Licence(name: name, source: source))
            }
            found.append(
                MirrorModel(
                    name: name, mirror: mirror, kind: kind, place: place, size: Int(size), licences: licences,
                    contents: .named))
        }
        return reader.isAtEnd ? MirrorListing(models: found, problems: []) : nil
    }

    /// The list of the mirror called `name` that lies at `location`; nil when none is kept.
    init?(of name: String, at location: String, in store: Store) {
        guard let bytes = try? FilePaths.read(Self.path(name, store)), bytes.count > Self.digestLength,
            bytes[Self.digestLength] == UInt8(ascii: "\n")
        else { return nil }
        let rest = Array(bytes[(Self.digestLength + 1)...])
        guard ContentDigest(of: rest).hex.utf8.elementsEqual(bytes[..<Self.digestLength]) else { return nil }
        var reader = Reader(rest)
        guard reader.text() == Self.format, reader.text() == location, let state = reader.text(),
            let seenSize = reader.text().flatMap({ Int($0) }), let count = reader.text().flatMap({ Int($0) }),
            count >= 0, let seen = reader.bytes(seenSize)
        else { return nil }
        self.init(state: state, seen: seen, count: count, models: reader.rest)
    }

    /// Keeps the list, if the cache can be written to: it only saves time.
    func write(of name: String, at location: String, in store: Store) {
        var texts = Texts()
        for text in [Self.format, location, state, String(seen.count), String(count)] { texts.add(text) }
        guard !texts.isBroken else { return }
        let rest = texts.bytes + seen + models
        try? FilePaths.makeFolder(store.cacheFolder)
        try? AtomicFile.write(Array((ContentDigest(of: rest).hex + "\n").utf8) + rest, to: Self.path(name, store))
    }

    private static func path(_ name: String, _ store: Store) -> String { "\(store.cacheFolder)/search-\(name)" }

    /// Texts, each with a zero behind it, in the making.
    private struct Texts {
        private(set) var bytes: [UInt8] = []
        /// Whether one holds a zero itself.
        private(set) var isBroken = false

        mutating func add(_ text: String) {
            if text.utf8.contains(0) { isBroken = true }
            bytes += text.utf8
            bytes.append(0)
        }
    }

    /// Takes texts off bytes.
    private struct Reader {
        private let all: [UInt8]
        private var place = 0

        init(_ bytes: [UInt8]) { all = bytes }

        var isAtEnd: Bool { place == all.count }
        var rest: [UInt8] { Array(all[place...]) }

        mutating func text() -> String? {
            guard let end = all[place...].firstIndex(of: 0) else { return nil }
            defer { place = end + 1 }
            return String(decoding: all[place..<end], as: UTF8.self)
        }

        mutating func bytes(_ count: Int) -> [UInt8]? {
            guard count >= 0, all.count - place >= count else { return nil }
            defer { place += count }
            return Array(all[place..<place + count])
        }
    }
}

/// A mirror that can tell whether it is still as it was when a list of it was kept.
protocol RememberedMirror: ListedMirror {
    /// Everything it holds: as `kept` says when that still holds, else as it is now, and what to keep of that.
    func list(_ kept: SearchList?) throws(StoreError) -> (listing: MirrorListing, toKeep: SearchList?)
}

extension RememberedMirror {
    /// The models whose names contain `term`, and what could not be read; looks no further where nothing has changed.
    func search(_ term: String, rememberedIn store: Store) throws(StoreError) -> MirrorListing {
        let (listing, toKeep) = try list(SearchList(of: name, at: location, in: store))
        toKeep?.write(of: name, at: location, in: store)
        return listing.containing(term)
    }
}
