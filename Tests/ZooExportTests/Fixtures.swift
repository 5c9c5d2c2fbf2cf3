import Foundation
import Testing
import ZooBase
import ZooCheckpoint
import ZooExport

/// The tiny BERT classifier of the fixtures, and others made from it.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/models/bert").path
    static let head = ExportableModel.Head(labels: ["bad", "fair", "good"], problem: .singleLabel)
    static let options = ExportOptions(producerVersion: "1.2.3")

    static func configuration() throws -> JSON {
        try JSONParser.parse(FilePaths.read(FilePaths.join(folder, "config.json")))
    }

    static func tensors() throws -> [TensorView] { try Checkpoint.open(folder).views() }

    static func classifier(
        _ tensors: [TensorView]? = nil, head: ExportableModel.Head? = head, files: [ExportableModel.File] = []
    ) throws -> ExportableModel {
        ExportableModel(
            configuration: try configuration(), tensors: try tensors ?? self.tensors(), head: head,
            tokenizerFiles: files)
    }

    /// The tensors as a checkpoint without a head names them.
    static func baseTensors() throws -> [TensorView] {
        try tensors().filter { $0.info.name.hasPrefix("bert.") }.map { $0.renamed(String($0.info.name.dropFirst(5))) }
    }

    /// A float32 vector.
    static func vector(_ name: String, _ values: [Float]) -> TensorView {
        let bytes = values.withUnsafeBytes(Array.init)
        let info = TensorInfo(name: name, dtype: .f32, shape: [values.count])!
        return TensorView(info: info, storage: ByteStorage(copying: bytes), range: 0..<bytes.count)!
    }
}

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID())").path
    init() throws { try FilePaths.makeFolder(path) }
    deinit { try? FilePaths.remove(path) }

    func callAsFunction(_ name: String) -> String { FilePaths.join(path, name) }
}

extension TensorView {
    var bytes: [UInt8] { storage.array(range) }
}
