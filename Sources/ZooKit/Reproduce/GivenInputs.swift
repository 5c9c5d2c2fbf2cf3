internal import ZooBase
internal import ZooStore

/// Files and folders named by the user, found again by the SHA-256 of their bytes.
struct GivenInputs {
    private var paths: [(path: String, digests: [ContentDigest])] = []

    /// Reads every file.
    ///
    /// - Throws: `FileError`.
    init(_ given: [String]) throws(FileError) {
        for path in given {
            paths.append((FilePaths.absolute(path), try ModelFiles(path: path).files.map(\.bytes.digest)))
        }
    }

    /// The path of the file, or of the folder whose files, in order, have these digests; nil when none was given.
    func path(_ digests: [ContentDigest]) -> String? { paths.first { $0.digests == digests }?.path }
}
