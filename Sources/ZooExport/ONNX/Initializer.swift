internal import ZooBase
internal import ZooCheckpoint

/// A constant of an ONNX graph; its bytes are made when it is written.
struct Initializer {
    enum Content {
        /// A tensor as float32.
        case tensor(TensorView)
        /// A matrix as float32, rows and columns exchanged.
        case transposed(TensorView)
        case floats([Float])
        case integers([Int])
    }

    let name: String
    let dimensions: [Int]
    let content: Content

    var dataType: Onnx_TensorProto.DataType { if case .integers = content { .int64 } else { .float } }

    var byteCount: Int { dimensions.reduce(1, *) * (dataType == .int64 ? 8 : 4) }

    /// Lends the bytes.
    func withBytes<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        switch content {
        case .tensor(let view): try Self.float32(view).withUnsafeBytes(body)
        case .transposed(let view): try Self.transposed(Self.float32(view)).withUnsafeBytes(body)
        case .floats(let values): try ByteStorage(copying: values.withUnsafeBytes(Array.init)).withUnsafeBytes(body)
        case .integers(let values): try ByteStorage(copying: values.withUnsafeBytes(Array.init)).withUnsafeBytes(body)
        }
    }

    private static func float32(_ view: TensorView) -> TensorView {
        guard let cast = try? view.cast(to: .f32) else {
            preconditionFailure("\(view.info.name): a model was built from it, so its elements are numbers")
        }
        return cast.view
    }

    private static func transposed(_ view: TensorView) -> TensorView {
        let (rows, columns) = (view.info.shape[0], view.info.shape[1])
        let storage = ByteStorage(byteCount: view.info.byteCount) { target in
            view.withUnsafeBytes { source in
                for row in 0..<rows {
                    for column in 0..<columns {
                        let element = source.loadUnaligned(
                            fromByteOffset: (row * columns + column) * 4, as: UInt32.self)
                        target.storeBytes(of: element, toByteOffset: (column * rows + row) * 4, as: UInt32.self)
                    }
                }
            }
        }
        let info = TensorInfo(name: view.info.name, dtype: .f32, shape: Shape([columns, rows]))
        guard let info, let result = TensorView(info: info, storage: storage, range: 0..<info.byteCount) else {
            preconditionFailure("a matrix has as many bytes either way")
        }
        return result
    }
}
