import Testing
import ZooBase
import ZooTensor

/// A reader for the tests' own fixtures, so that they need no other target.
struct SafetensorsFile {
    let tensors: [TensorView]

    init(_ path: String) throws {
        let storage = try ByteStorage(mapping: path)
        let length = storage.array(0..<8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try JSONParser.parse(storage.array(8..<8 + length))
        tensors = try (header.members ?? []).filter { $0.name != "__metadata__" }.map { member in
            let dtype = try #require(member.value["dtype"]?.string.flatMap(DType.init(rawValue:)))
            let shape = Shape((member.value["shape"]?.array ?? []).compactMap(\.integer))
            let start = try #require(member.value["data_offsets"]?[0]?.integer) + 8 + length
            let info = try #require(TensorInfo(name: member.name, dtype: dtype, shape: shape))
            return try #require(TensorView(info: info, storage: storage, range: start..<start + info.byteCount))
        }
    }

    subscript(_ name: String) -> TensorView? { tensors.first { $0.info.name == name } }

    func floats(_ name: String) throws -> [Float] { try elements(name, as: Float.self) }
    func integers(_ name: String) throws -> [Int] { try elements(name, as: Int64.self).map { Int($0) } }

    func doubles(_ name: String) throws -> [Double] { try elements(name, as: Double.self) }

    /// The batch whose tensors' names begin with `prefix`.
    func batch(_ prefix: String) throws -> TokenBatch {
        let ids = try integers(prefix + "input_ids").map { UInt32($0) }
        let types = try integers(prefix + "token_type_ids").map { UInt32($0) }
        let packing = Packing(lengths: try integers(prefix + "lengths"))
        return TokenBatch(
            sequences: (0..<packing.count).map { Array(ids[packing[$0]]) },
            typeIDs: (0..<packing.count).map { Array(types[packing[$0]]) })
    }

    private func elements<Element: BitwiseCopyable>(_ name: String, as type: Element.Type) throws -> [Element] {
        let view = try #require(self[name])
        return view.withUnsafeBytes { bytes in
            (0..<view.info.shape.elementCount).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self)
            }
        }
    }
}
