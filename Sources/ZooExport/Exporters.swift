/// The exporters, in the order in which they are listed for users.
public enum Exporters {
    /// Every exporter: a new one is a file of its own and a line here.
    public static let all: [any Exporter.Type] = [
        HubExporter.self,
        ONNXExporter.self,
    ]

    /// The exporter called `name`; nil when there is none.
    public static func find(_ name: String) -> (any Exporter.Type)? { all.first { $0.name == name } }
}
