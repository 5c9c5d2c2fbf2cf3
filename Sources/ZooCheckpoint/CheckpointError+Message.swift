internal import ZooBase

extension CheckpointError {
    /// One line: the file, the tensor, what was expected and found, and what to do.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .unknownFormat(let file):
            "\(file): not a checkpoint of a format that can be read (\(Formats.names)); check that the file is whole "
                + "and is not a pointer left by a version-control system"
        case .noWeights(let folder):
            "\(folder): no weights here; expected model.safetensors or model.safetensors.index.json"
        case .tooShort(let file, let found):
            "\(file): \(found) bytes are too few for a header (at least 8); \(Self.fetchAgain)"
        case .headerTooLarge(let file, let limit, let found):
            "\(file): the header says it has \(found) bytes, more than the \(limit) allowed; \(Self.fetchAgain)"
        case .headerBeyondFile(let file, let expected, let found):
            "\(file): the header ends at byte \(expected) but the file has \(found); \(Self.fetchAgain)"
        case .invalidJSON(let file, let error): "\(file): \(error.message); \(Self.fetchAgain)"
        case .headerNotObject(let file): "\(file): the header is not a JSON object; \(Self.saveAgain)"
        case .duplicateName(let file, let name):
            "\(file): the name \"\(name)\" appears twice; \(Self.saveAgain)"
        case .metadataNotStrings(let file, let name):
            "\(file): metadata \"\(name)\" is not a string; \(Self.saveAgain)"
        case .missingShard(let index, let shard, let tensor):
            "\(index): the shard \(shard), which holds \"\(tensor)\", is not there; fetch it into the same folder"
        case .reservedName(let name): "a tensor cannot be called \"\(name)\"; rename it"
        case .cannotCast(let tensor, let from, let to):
            "tensor \"\(tensor)\": cannot convert \(from.rawValue) to \(to.rawValue)"
        case .invalidIndex, .shardOutsideFolder, .missingTensor, .unindexedTensor, .tensorInTwoShards:
            "\(indexProblem); \(Self.saveAgain)"
        default: "\(tensorProblem); \(Self.saveAgain)"
        }
    }

    private static let fetchAgain = "fetch the file again"
    private static let saveAgain = "save the checkpoint again with the program that made it"

    private var tensorProblem: String {
        switch self {
        case .invalidEntry(let file, let tensor, .notObject):
            "\(file): tensor \"\(tensor)\": its entry is not an object"
        case .invalidEntry(let file, let tensor, .missing(let field)):
            "\(file): tensor \"\(tensor)\": \(field) is missing"
        case .invalidEntry(let file, let tensor, .unknown(let field)):
            "\(file): tensor \"\(tensor)\": unknown field \"\(field)\"; expected dtype, shape and data_offsets"
        case .invalidEntry(let file, let tensor, .wrongType(let field, let found)):
            "\(file): tensor \"\(tensor)\": \(field) cannot be \(found)"
        case .unknownDType(let file, let tensor, let found): "\(file): tensor \"\(tensor)\": unknown dtype \(found)"
        case .invalidShape(let file, let tensor, let found):
            "\(file): tensor \"\(tensor)\": the shape must be a list of sizes, found \(found)"
        case .invalidOffsets(let file, let tensor, let found):
            "\(file): tensor \"\(tensor)\": data_offsets must be two ascending positions, found \(found)"
        case .shapeOverflow(let file, let tensor, let shape):
            "\(file): tensor \"\(tensor)\": the size of shape \(shape) does not fit 64 bits"
        case .notWholeBytes(let file, let tensor, let dtype, let shape):
            "\(file): tensor \"\(tensor)\": \(dtype.rawValue) \(shape) is not a whole number of bytes"
        case .sizeMismatch(let file, let tensor, let expected, let found):
            "\(file): tensor \"\(tensor)\": dtype and shape take \(expected) bytes, its offsets span \(found)"
        case .hole(let file, let tensor, let expected, let found):
            "\(file): tensor \"\(tensor)\": begins at byte \(found) of the data, expected \(expected) (a hole)"
        case .overlap(let file, let tensor, let expected, let found):
            "\(file): tensor \"\(tensor)\": begins at byte \(found) of the data, expected \(expected) (an overlap)"
        case .tensorBeyondFile(let file, let tensor, let expected, let found):
            "\(file): tensor \"\(tensor)\": ends at byte \(expected) of the data, the file has \(found)"
        case .trailingBytes(let file, let expected, let found):
            "\(file): the tensors end at byte \(expected), the file at \(found)"
        default: identifier
        }
    }

    private var indexProblem: String {
        switch self {
        case .invalidIndex(let file, .noWeightMap): "\(file): no object \"weight_map\""
        case .invalidIndex(let file, .notAFileName(let tensor)): "\(file): \"\(tensor)\" is not given a file name"
        case .invalidIndex(let file, .empty): "\(file): \"weight_map\" lists no tensor"
        case .shardOutsideFolder(let index, let shard, let tensor):
            "\(index): the shard \"\(shard)\" of \"\(tensor)\" is not a file of the same folder"
        case .missingTensor(let index, let shard, let tensor):
            "\(index): tensor \"\(tensor)\" should be in \(shard) and is not"
        case .unindexedTensor(let index, let shard, let tensor):
            "\(index): \(shard) holds tensor \"\(tensor)\", which the index does not put there"
        case .tensorInTwoShards(let index, let tensor, let first, let second):
            "\(index): tensor \"\(tensor)\" is in \(first) and in \(second)"
        default: identifier
        }
    }
}
