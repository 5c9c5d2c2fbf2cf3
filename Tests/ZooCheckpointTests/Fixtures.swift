import Foundation
import Testing
import ZooBase
import ZooCheckpoint

/// The files under `Fixtures/`.
enum Fixtures {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").path

    static func path(_ name: String) -> String { FilePaths.join(root, name) }

    static func cases(_ folder: String) -> [JSON] {
        guard let bytes = try? FilePaths.read(path(folder + "/cases.json")), let cases = try? JSONParser.parse(bytes)
        else { return [] }
        return cases.array ?? []
    }
}

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID())").path
    init() throws { try FilePaths.makeFolder(path) }
    deinit { try? FilePaths.remove(path) }
}

extension TensorView {
    /// A tensor of the bytes given.
    init(_ name: String, _ dtype: DType, _ shape: [Int], bytes: [UInt8]) {
        self.init(
            info: TensorInfo(name: name, dtype: dtype, shape: Shape(shape))!, storage: ByteStorage(copying: bytes),
            range: 0..<bytes.count)!
    }

    /// A vector of `values`, whose memory is what `dtype` says.
    init<Element>(_ name: String, _ dtype: DType, _ values: [Element]) {
        self.init(name, dtype, [values.count], bytes: values.withUnsafeBytes { Array($0) })
    }

    var bytes: [UInt8] { storage.array(range) }

    func elements<Element>(_ type: Element.Type) -> [Element] {
        withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Element>.size).map {
                raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: type)
            }
        }
    }
}

extension CheckpointTensor {
    /// The bytes; none, and the test fails, when they cannot be made.
    var bytes: [UInt8] {
        do { return try view().bytes } catch {
            Issue.record(error)
            return []
        }
    }

    func elements<Element>(_ type: Element.Type) -> [Element] {
        do { return try view().elements(type) } catch {
            Issue.record(error)
            return []
        }
    }
}

extension FileLayout {
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        do { try read(0..<byteCount) { bytes += Array($0) } } catch { Issue.record(error) }
        return bytes
    }
}
