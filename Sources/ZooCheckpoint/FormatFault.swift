/// What is wrong with a file, as the reader of its format found it.
///
/// Each format makes its own in an extension beside its reader, one function for each way to be wrong.
public struct FormatFault: Sendable, Equatable {
    /// What the user can do about it.
    public enum Remedy: Sendable, Equatable {
        /// The file is damaged or cut off.
        case fetchAgain
        /// The program that wrote the file did something it should not.
        case saveAgain
        /// Something else, in words that follow a semicolon.
        case other(String)
    }

    /// A stable word for the fault, for tests and machines.
    public let identifier: String
    /// What is wrong: where in the file, what was expected, what was found; one line.
    public let message: String
    /// What to do.
    public let remedy: Remedy

    /// Makes a fault; names that come out of the file go through `quoted`.
    public init(_ identifier: String, _ message: String, _ remedy: Remedy) {
        self.identifier = identifier
        self.message = message
        self.remedy = remedy
    }
}
