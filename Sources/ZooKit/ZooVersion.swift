/// The version of the program.
public enum ZooVersion {
    /// Semantic version.
    public static let number = "0.1.0"
}
