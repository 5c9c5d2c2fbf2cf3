internal import CCatalogue
public import ZooBase

/// The data that ships with the tool, embedded in the program: tasks, recipes, name maps, sample data.
///
/// Nothing is parsed before it is asked for.
public enum Catalogue {
    /// The path of every file, sorted.
    public static var paths: [String] { entries.map { String(cString: $0.path) } }

    /// The tasks, sorted by name.
    ///
    /// - Throws: `CatalogueError` when a file of the catalogue is not as it should be.
    public static var tasks: [TaskDescription] {
        get throws(CatalogueError) {
            var tasks: [TaskDescription] = []
            for path in paths where path.hasPrefix("tasks/") {
                tasks.append(try TaskDescription(try YAMLReader.json(try bytes(path), file: path), file: path))
            }
            return tasks
        }
    }

    /// The task called `name`.
    ///
    /// - Throws: `CatalogueError.unknownTask` with the names there are.
    public static func task(_ name: String) throws(CatalogueError) -> TaskDescription {
        let tasks = try tasks
        guard let task = tasks.first(where: { $0.name == name }) else {
            throw .unknownTask(name: name, known: tasks.map(\.name))
        }
        return task
    }

    /// The options of the recipe called `name`, as an object with the names of the command line's options.
    ///
    /// - Throws: `CatalogueError.missingFile`.
    public static func recipe(_ name: String) throws(CatalogueError) -> JSON {
        let path = "recipes/\(name).yaml"
        return try YAMLReader.json(try bytes(path), file: path)
    }

    /// The name maps, sorted by path: what errors call each, and its JSON.
    public static var keyMaps: [(file: String, bytes: [UInt8])] {
        get throws(CatalogueError) {
            var maps: [(file: String, bytes: [UInt8])] = []
            for path in paths where path.hasPrefix("keymaps/") { maps.append((path, try bytes(path))) }
            return maps
        }
    }

    /// The bytes of the file at `path`.
    ///
    /// - Throws: `CatalogueError.missingFile`.
    public static func bytes(_ path: String) throws(CatalogueError) -> [UInt8] {
        guard let entry = entries.first(where: { String(cString: $0.path) == path }) else {
            throw .missingFile(path: path)
        }
        return Array(UnsafeBufferPointer(start: entry.bytes, count: entry.count))
    }

    private static var entries: UnsafeBufferPointer<catalogue_file> {
        var count = 0
        let first = catalogue_files(&count)
        return UnsafeBufferPointer(start: first, count: count)
    }
}
