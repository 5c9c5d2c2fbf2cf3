internal import ZooStore

extension Registry {
    /// What the registry takes on the disk, version by version and part by part.
    public func diskUse(of name: String?) throws -> DiskUseResult {
        let store = reading
        let use = try store.diskUse(try name.map { name in try store.version(name).name })
        return DiskUseResult(
            versions: use.versions.map { ($0.version.description, $0.size, $0.own, $0.shared) },
            parts: use.parts.map { ($0.name, $0.size) }, unneededByteCount: use.unneeded)
    }
}
