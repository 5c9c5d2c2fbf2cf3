import ZooBase

/// Which files of a model to pull.
public struct FileFilter: Sendable, Hashable {
    /// Every file.
    public static let all = FileFilter(patterns: [])
    /// A file goes along when one of these matches its path.
    let globs: [Glob]

    /// Makes the value; no patterns stand for every file.
    public init(patterns: [String]) { globs = patterns.map { Glob($0) } }

    /// These files and no others.
    public init(paths: [String]) { globs = paths.map { Glob(literal: $0) } }

    /// Whether the file at `path` goes along.
    public func accepts(_ path: String) -> Bool { globs.isEmpty || globs.contains { $0.matches(path) } }

    /// The items whose paths are accepted.
    ///
    /// - Throws: `StoreError.noFileMatches` when there is none.
    func filter<Item>(_ items: [Item], model: String, path: (Item) -> String) throws(StoreError) -> [Item] {
        let found = items.filter { accepts(path($0)) }
        if found.isEmpty, !globs.isEmpty {
            throw .noFileMatches(pattern: globs.map(\.description).joined(separator: " "), model: model)
        }
        return found
    }
}
