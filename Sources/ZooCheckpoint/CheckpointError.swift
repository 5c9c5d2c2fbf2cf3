public import ZooBase

/// Why a checkpoint cannot be read or written: one case for each way to be wrong, with the file and the place in it.
public enum CheckpointError: ZooFailure, Equatable {
    /// The system refused.
    case file(FileError)
    /// No format we read begins like this.
    case unknownFormat(file: String)
    /// A folder without weights.
    case noWeights(folder: String)
    /// Too short to hold even the length of a header.
    case tooShort(file: String, found: Int)
    /// The header says it is longer than any header may be.
    case headerTooLarge(file: String, limit: Int, found: UInt64)
    /// The header is longer than the file.
    case headerBeyondFile(file: String, expected: Int, found: Int)
    /// A header or an index is not JSON.
    case invalidJSON(file: String, JSONError)
    /// The header is JSON but not an object.
    case headerNotObject(file: String)
    /// The file breaks a rule of its format, or asks for something refused.
    case malformed(file: String, FormatFault)
    /// Two entries have the same name.
    case duplicateName(file: String, name: String)
    /// The metadata is something other than strings by name.
    case metadataNotStrings(file: String, name: String)
    /// What describes a tensor does not have the form it must have.
    case invalidEntry(file: String, tensor: String, detail: EntryFault)
    /// The element type is not one of those of the format.
    case unknownDType(file: String, tensor: String, found: String)
    /// The shape is not a list of sizes.
    case invalidShape(file: String, tensor: String, found: String)
    /// The offsets are not a pair of ascending positions.
    case invalidOffsets(file: String, tensor: String, found: String)
    /// The number of elements or of bytes does not fit 64 bits.
    case shapeOverflow(file: String, tensor: String, shape: String)
    /// The elements do not fill a whole number of bytes.
    case notWholeBytes(file: String, tensor: String, dtype: DType, shape: Shape)
    /// The offsets span another number of bytes than dtype and shape take.
    case sizeMismatch(file: String, tensor: String, expected: Int, found: Int)
    /// Bytes before this tensor belong to no tensor.
    case hole(file: String, tensor: String, expected: Int, found: Int)
    /// This tensor begins inside the one before it.
    case overlap(file: String, tensor: String, expected: Int, found: Int)
    /// This tensor ends beyond the file.
    case tensorBeyondFile(file: String, tensor: String, expected: Int, found: Int)
    /// Bytes after the last tensor belong to no tensor.
    case trailingBytes(file: String, expected: Int, found: Int)
    /// The shard index is not of the form it must have.
    case invalidIndex(file: String, detail: IndexFault)
    /// The index names a file that is not there.
    case missingShard(index: String, shard: String, tensor: String)
    /// The index names a file by more than a bare name in its own folder.
    case shardOutsideFolder(index: String, shard: String, tensor: String)
    /// The index puts a tensor in a shard that does not hold it.
    case missingTensor(index: String, shard: String, tensor: String)
    /// A shard holds a tensor that the index does not put there.
    case unindexedTensor(index: String, shard: String, tensor: String)
    /// Two shards hold tensors of one name.
    case tensorInTwoShards(index: String, tensor: String, first: String, second: String)
    /// A tensor cannot have the name that means metadata.
    case reservedName(name: String)
    /// The element type cannot be converted.
    case cannotCast(tensor: String, from: DType, to: DType)

    /// What is wrong with the description of a tensor.
    public enum EntryFault: Sendable, Equatable {
        /// It is not an object.
        case notObject
        /// A field is missing.
        case missing(field: String)
        /// A field means nothing in this format.
        case unknown(field: String)
        /// A field is of another type than it must be.
        case wrongType(field: String, found: String)
    }

    /// What is wrong with a shard index.
    public enum IndexFault: Sendable, Equatable {
        /// It has no object `weight_map`.
        case noWeightMap
        /// `weight_map` gives a tensor something other than a file name.
        case notAFileName(tensor: String)
        /// `weight_map` lists no tensor.
        case empty
    }
}

extension CheckpointError {
    /// A stable word for the case, for tests and machines: the name of the case.
    public var identifier: String {
        switch self {
        case .file: "file"
        case .unknownFormat: "unknownFormat"
        case .noWeights: "noWeights"
        case .tooShort: "tooShort"
        case .headerTooLarge: "headerTooLarge"
        case .headerBeyondFile: "headerBeyondFile"
        case .invalidJSON: "invalidJSON"
        case .headerNotObject: "headerNotObject"
        case .malformed(_, let fault): fault.identifier
        case .duplicateName: "duplicateName"
        case .metadataNotStrings: "metadataNotStrings"
        case .invalidEntry: "invalidEntry"
        case .unknownDType: "unknownDType"
        case .invalidShape: "invalidShape"
        case .invalidOffsets: "invalidOffsets"
        case .shapeOverflow: "shapeOverflow"
        case .notWholeBytes: "notWholeBytes"
        case .sizeMismatch: "sizeMismatch"
        case .hole: "hole"
        case .overlap: "overlap"
        case .tensorBeyondFile: "tensorBeyondFile"
        case .trailingBytes: "trailingBytes"
        case .invalidIndex: "invalidIndex"
        case .missingShard: "missingShard"
        case .shardOutsideFolder: "shardOutsideFolder"
        case .missingTensor: "missingTensor"
        case .unindexedTensor: "unindexedTensor"
        case .tensorInTwoShards: "tensorInTwoShards"
        case .reservedName: "reservedName"
        case .cannotCast: "cannotCast"
        }
    }

    /// Not found for a folder without weights, a resource for what the system refuses, otherwise bad input.
    public var kind: FailureKind {
        switch self {
        case .file(let error): error.kind
        case .noWeights: .notFound
        default: .badInput
        }
    }
}
