internal import ZooTensor

/// The version of the program.
public enum ZooVersion {
    /// Semantic version.
    public static let number = "0.1.0"
    /// Version, numerics version and kernel set, on one line.
    public static var line: String { "zoo \(number), numerics version \(numericsVersion), \(KernelSet.current.line)" }
}
