import ZooBase

extension PulledFile {
    /// The bytes of `file` that an interrupted pull left and that are whole; none when another process is at it.
    ///
    /// Of a file for which the mirror states no digest nothing is told.
    static func heldBytes(of file: RemoteFile, in store: Store) -> Int {
        let folder = FilePaths.join(store.layout.partial, String(ContentDigest(of: file.contentKey).hex.prefix(32)))
        guard file.claim != nil, FilePaths.exists(FilePaths.join(folder, "journal")),
            !Lock.isHeld(FilePaths.join(folder, "lock")),
            let partial = try? PulledFile(key: file.contentKey, size: file.size, in: store)
        else { return 0 }
        return partial.confirmedChunks().map { min(chunkSize, file.size - $0 * chunkSize) }.reduce(0, +)
    }
}
