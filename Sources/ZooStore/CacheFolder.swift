extension Store {
    /// A folder for what can be computed again: `gc` empties it, and it may be removed at any time.
    public var cacheFolder: String { layout.cache }
}
