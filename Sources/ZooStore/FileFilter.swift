import Glibc

/// Which files of a model to pull.
public struct FileFilter: Sendable, Hashable {
    /// Every file.
    public static let all = FileFilter(patterns: [])
    /// Patterns as a shell knows them (`*.json`), of which `*` also matches `/`; a file goes along when one matches.
    public let patterns: [String]

    /// Makes the value; no patterns stand for every file.
    public init(patterns: [String]) { self.patterns = patterns }

    /// These files and no others.
    public init(paths: [String]) {
        patterns = paths.map { path in
            String(path.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
        }
    }

    /// Whether the file at `path` goes along.
    public func accepts(_ path: String) -> Bool {
        patterns.isEmpty || patterns.contains { fnmatch($0, path, 0) == 0 }
    }

    /// The items whose paths are accepted.
    ///
    /// - Throws: `StoreError.noFileMatches` when there is none.
    func filter<Item>(_ items: [Item], model: String, path: (Item) -> String) throws(StoreError) -> [Item] {
        let found = items.filter { accepts(path($0)) }
        if found.isEmpty, !patterns.isEmpty {
            throw .noFileMatches(pattern: patterns.joined(separator: " "), model: model)
        }
        return found
    }
}
