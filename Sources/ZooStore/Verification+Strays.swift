import ZooBase

extension Verification {
    /// Files whose names are not ones the store gives: a name may be damaged too.
    mutating func checkStrays() {
        let layout = self.layout
        func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") }
        // Folders of blobs that cannot be read are reported with those that are in them.
        for folder in (try? FilePaths.listIfPresent(layout.blobs)) ?? [] where !isTemporary(folder) {
            let path = FilePaths.join(layout.blobs, folder)
            guard FilePaths.isFolder(path) else {
                report(.stray, path, "not a folder of blobs")
                continue
            }
            for name in (try? FilePaths.listIfPresent(path)) ?? []
            where !isTemporary(name) && (ContentDigest(hex: name) == nil || !name.hasPrefix(folder)) {
                report(.stray, FilePaths.join(path, name), "not the name of a blob of this folder")
            }
        }
        for (folder, isName) in [
            (layout.manifests, { ContentDigest(hex: $0) != nil }), (layout.records, { ContentDigest(hex: $0) != nil }),
            (layout.refs, { ModelName(escaped: $0) != nil }),
            (layout.runs, { FilePaths.isFolder(FilePaths.join(layout.runs, $0)) }),
        ] as [(String, (String) -> Bool)] {
            for name in names(in: folder) where !isTemporary(name) && !isName(name) {
                report(.stray, FilePaths.join(folder, name), "not a name that the registry gives")
            }
        }
        for name in names(in: layout.refs).compactMap({ ModelName(escaped: $0) }) {
            let path = "\(layout.refs)/\(name.escaped)"
            if !FilePaths.isFolder(path) {
                report(.stray, path, "not a folder of a model")
                continue
            }
            for part in names(in: path, [name.text])
            where !isTemporary(part)
                && !(["versions", "aliases"].contains(part) && FilePaths.isFolder(FilePaths.join(path, part)))
            {
                report(.stray, FilePaths.join(path, part), "not a folder of versions or aliases")
            }
            for number in names(in: layout.versions(name), [name.text])
            where !isTemporary(number) && Refs.number(number) == nil {
                report(.stray, "\(layout.versions(name))/\(number)", "not the number of a version")
            }
            for alias in names(in: layout.aliases(name), [name.text])
            where !isTemporary(alias) && AliasName(stored: alias) == nil {
                report(.stray, "\(layout.aliases(name))/\(alias)", "not the name of an alias")
            }
        }
    }
}
