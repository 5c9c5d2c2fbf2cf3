import ZooBase

/// Finds the models among the paths of a folder or an archive.
enum ModelFolders {
    static let weightSuffixes = [
        ".safetensors", ".safetensors.index.json", ".bin", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".ckpt", ".onnx",
        ".gguf", ".npz", ".msgpack",
    ]

    /// The folders that hold `config.json` beside weights, sorted; one inside another belongs to the outer one.
    ///
    /// The folder all paths are relative to is the empty text.
    static func find(among paths: some Sequence<String>) -> [String] {
        var configured: Set<ExactString> = []
        var weighted: Set<ExactString> = []
        for path in paths {
            let folder = ExactString(parent(path))
            let name = FilePaths.name(of: path)
            if name == "config.json" { configured.insert(folder) }
            if weightSuffixes.contains(where: name.hasSuffix) { weighted.insert(folder) }
        }
        var found: Set<ExactString> = []
        // An outer folder comes before those inside it.
        for folder in configured.intersection(weighted).sorted() where !holds(found, folder.text) {
            found.insert(folder)
        }
        return found.sorted().map(\.text)
    }

    /// Whether `path` lies in one of `folders`, at any depth.
    static func holds(_ folders: Set<ExactString>, _ path: String) -> Bool {
        var folder = path
        while !folder.isEmpty {
            folder = parent(folder)
            if folders.contains(ExactString(folder)) { return true }
        }
        return false
    }

    /// Whether `path` lies in `folder`, at any depth.
    static func holds(_ folder: String, _ path: String) -> Bool {
        folder.isEmpty || path.utf8.starts(with: (folder + "/").utf8)
    }

    /// `path` seen from `folder`, which holds it.
    static func relative(_ path: String, to folder: String) -> String {
        folder.isEmpty ? path : String(decoding: Array(path.utf8).dropFirst(folder.utf8.count + 1), as: UTF8.self)
    }

    static func parent(_ path: String) -> String {
        let parent = FilePaths.parent(of: path)
        return parent == "." ? "" : parent
    }
}
