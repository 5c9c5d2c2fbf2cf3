/// The formats of rows we read.
///
/// A new one is a file and a line here.
public enum DatasetReaders {
    /// In the order in which they are asked whether they recognise a content: the strictest first.
    static let all: [any DatasetReader.Type] = [
        JSONLinesReader.self,
        TSVReader.self,
        CSVReader.self,
    ]

    /// The names of the formats.
    public static var names: [String] { all.map { $0.name } }

    /// The file suffixes that are read, with their dot.
    public static var suffixes: [String] { all.flatMap { $0.suffixes } }

    /// Finds the reader by name, by suffix, by content, in that order.
    static func reader(named name: String?, path: String, prefix: [UInt8]) throws(DataError) -> any DatasetReader.Type {
        if let name {
            guard let reader = all.first(where: { $0.name == name.lowercased() }) else {
                throw .unknownFormatName(name, known: names)
            }
            return reader
        }
        let lowered = path.lowercased()
        if let reader = all.first(where: { $0.suffixes.contains { lowered.hasSuffix($0) } }) { return reader }
        guard let reader = all.first(where: { $0.recognizes(prefix) }) else {
            throw .unknownFormat(path: path, known: names)
        }
        return reader
    }
}
