import ZooBase

extension Licence {
    /// What the files in a folder say about the licence of the model there, the one that holds first.
    ///
    /// - Throws: `StoreError.file`.
    public static func find(inFolder folder: String) throws(StoreError) -> [Licence] {
        var notes: [ExactString: [UInt8]] = [:]
        for name in try io({ () throws(FileError) in try FilePaths.list(folder) }) where Licences.isNote(name) {
            let path = FilePaths.join(folder, name)
            guard !FilePaths.isFolder(path) else { continue }
            notes[ExactString(name)] = try io { () throws(FileError) in
                try FilePaths.read(path, limit: ArchiveListing.maximumNoteSize)
            }
        }
        return Licences.find(folder: "", notes: notes)
    }
}
