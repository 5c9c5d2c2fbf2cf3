public import ZooBase

/// The identity of a set of tensors, whatever file, format and order they are kept in.
///
/// The encoding: the canonical JSON (members in this order, no white space, UTF-8) of
/// `{"format":"zoo weights 1","tensors":[[name,dtype,[dimension,…],sha256],…]}`, tensors sorted by the bytes of their
/// names, the dtype spelled as in `DType`, the digest of each tensor's bytes (packed, little-endian, C order) as 64
/// lower-case hexadecimal digits. The weights digest is the SHA-256 of that.
public enum WeightsDigest {
    /// The digest of `tensors`, whose names differ.
    ///
    /// `known` gives the SHA-256 of a tensor's bytes where that is at hand
    /// already and nil where it must be computed.
    public static func of(
        _ tensors: [TensorView], known: (TensorView) -> ContentDigest? = { _ in nil }
    ) -> ContentDigest {
        of(tensors.map { ($0.info, known($0) ?? $0.digest) })
    }

    /// The digest of the tensors of a checkpoint, worked through one at a time.
    ///
    /// - Throws: `CheckpointError` when the bytes of one cannot be made.
    public static func of(
        _ tensors: [CheckpointTensor], known: (TensorView) -> ContentDigest? = { _ in nil }
    ) throws(CheckpointError) -> ContentDigest {
        var rows: [(info: TensorInfo, digest: ContentDigest)] = []
        for tensor in tensors {
            let view = try tensor.view()
            rows.append((tensor.info, known(view) ?? view.digest))
            view.storage.relinquish(view.range)
        }
        return of(rows)
    }

    /// The digest of tensors given by what they are and the SHA-256 of their bytes.
    public static func of(_ tensors: [(info: TensorInfo, digest: ContentDigest)]) -> ContentDigest {
        let rows = tensors.sorted { ExactString($0.info.name) < ExactString($1.info.name) }.map { info, digest in
            JSON.array([
                .string(info.name), .string(info.dtype.rawValue),
                .array(info.shape.dimensions.map(JSON.integer)), .string(digest.hex),
            ])
        }
        let document: JSON = ["format": "zoo weights 1", "tensors": .array(rows)]
        return ContentDigest(of: document.text(.canonical))
    }
}
