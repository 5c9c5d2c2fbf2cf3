public import ZooBase

/// A licence that something about a model names.
public struct Licence: Sendable, Hashable, JSONRepresentable {
    /// Where it was found, in the order of authority.
    public enum Source: String, Sendable, CaseIterable {
        /// The front matter of the model card.
        case card
        /// A LICENSE file in the model's folder.
        case file
        /// The package around the model: its packager's statement, not the model author's.
        case package
    }

    /// The name of a licence whose text is none that is known.
    public static let unrecognized = "unrecognized text"

    /// An SPDX identifier where the text is a known one, else the words found.
    public let name: String
    /// Where it was found.
    public let source: Source

    /// Makes the value.
    public init(name: String, source: Source) {
        self.name = name
        self.source = source
    }

    /// An object `{"name", "source"}`.
    public var json: JSON { .object(["name": .string(name), "source": .string(source.rawValue)]) }

    init?(json: JSON) {
        guard let name = json["name"]?.string, let source = json["source"]?.string.flatMap(Source.init) else {
            return nil
        }
        self.init(name: name, source: source)
    }

    /// Whether both name the same licence, case aside.
    public func agrees(with other: Licence) -> Bool { name.lowercased() == other.name.lowercased() }
}
