internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

/// How many elements the weights of a version have: recorded when it is made, so that listings can ask for it.
enum ParameterCount {
    /// What goes into the record of a new version; nothing when its weights cannot be read here.
    static func facts(of manifest: Manifest, for writer: StoreWriter) throws -> [JSONMember] {
        try writer.publish()
        guard let files = try? ModelFiles(manifest: manifest, called: "the new version", in: writer.store),
            let checkpoint = try? files.checkpoint()
        else { return [] }
        var count = 0
        for tensor in checkpoint.tensors {
            let (sum, overflow) = count.addingReportingOverflow(tensor.info.shape.elementCount)
            guard !overflow else { return [] }
            count = sum
        }
        return [JSONMember("parameters", .integer(count))]
    }
}
