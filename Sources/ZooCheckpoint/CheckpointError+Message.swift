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
            "\(folder): no weights here; expected model.safetensors, its index, or a file of another format that can be read "
                + "(\(Formats.names))"
        case .tooShort(let file, let found):
            "\(file): \(found) bytes are too few for a header (at least 8); \(Self.fetchAgain)"
        case .headerTooLarge(let file, let limit, let found):
            "\(file): the header says it has \(found) bytes, more than the \(limit) allowed; \(Self.fetchAgain)"
        case .headerBeyondFile(let file, let expected, let found):
            "\(file): the header ends at byte \(expected) but the file has \(found); \(Self.fetchAgain)"
        case .invalidJSON(let file, let error): "\(file): \(error.message); \(Self.fetchAgain)"
        case .headerNotObject(let file): "\(file): the header is not a JSON object; \(Self.saveAgain)"
        case .malformed(let file, let fault):
            switch fault.remedy {
            case .fetchAgain: "\(file): \(fault.message); \(Self.fetchAgain)"
            case .saveAgain: "\(file): \(fault.message); \(Self.saveAgain)"
            case .other(let remedy): "\(file): \(fault.message); \(remedy)"
            }
        case .duplicateName("", let name): "two tensors would be called \(Self.quoted(name)); rename one"
        case .duplicateName(let file, let name):
            "\(file): the name \(Self.quoted(name)) appears twice; \(Self.saveAgain)"
        case .metadataNotStrings(let file, let name):
            "\(file): metadata \(Self.quoted(name)) is not a string; \(Self.saveAgain)"
        case .missingShard(let index, let shard, let tensor):
            "\(index): the shard \(Self.quoted(shard)), which holds \(Self.quoted(tensor)), is not there; fetch it into the same folder"
        case .reservedName(let name): "a tensor cannot be called \(Self.quoted(name)); rename it"
        case .cannotCast(let tensor, let from, let to):
            "tensor \(Self.quoted(tensor)): cannot convert \(from.rawValue) to \(to.rawValue)"
        case .invalidIndex, .shardOutsideFolder, .missingTensor, .unindexedTensor, .tensorInTwoShards:
            "\(indexProblem); \(Self.saveAgain)"
        default: "\(tensorProblem); \(Self.saveAgain)"
        }
    }

    /// A name from a file, on one line whatever is in it.
    static func quoted(_ name: String) -> String { JSON.string(name).text(.compact) }

    private static let fetchAgain = "fetch the file again"
    private static let saveAgain = "save the checkpoint again with the program that made it"

    private var tensorProblem: String {
        switch self {
        case .invalidEntry(let file, let tensor, .notObject):
            "\(file): tensor \(Self.quoted(tensor)): its entry is not an object"
        case .invalidEntry(let file, let tensor, .missing(let field)):
            "\(file): tensor \(Self.quoted(tensor)): \(field) is missing"
        case .invalidEntry(let file, let tensor, .unknown(let field)):
            "\(file): tensor \(Self.quoted(tensor)): unknown field \(Self.quoted(field)); expected dtype, shape and data_offsets"
        case .invalidEntry(let file, let tensor, .wrongType(let field, let found)):
            "\(file): tensor \(Self.quoted(tensor)): \(field) cannot be \(found)"
        case .unknownDType(let file, let tensor, let found):
            "\(file): tensor \(Self.quoted(tensor)): unknown dtype \(Self.quoted(found))"
        case .invalidShape(let file, let tensor, let found):
            "\(file): tensor \(Self.quoted(tensor)): the shape must be a list of sizes, found \(found)"
        case .invalidOffsets(let file, let tensor, let found):
            "\(file): tensor \(Self.quoted(tensor)): data_offsets must be two ascending positions, found \(found)"
        case .shapeOverflow(let file, let tensor, let shape):
            "\(file): tensor \(Self.quoted(tensor)): the size of shape \(shape) does not fit 64 bits"
        case .notWholeBytes(let file, let tensor, let dtype, let shape):
            "\(file): tensor \(Self.quoted(tensor)): \(dtype.rawValue) \(shape) is not a whole number of bytes"
        case .sizeMismatch(let file, let tensor, let expected, let found):
            "\(file): tensor \(Self.quoted(tensor)): dtype and shape take \(expected) bytes, its offsets span \(found)"
        case .hole(let file, let tensor, let expected, let found):
            "\(file): tensor \(Self.quoted(tensor)): begins at byte \(found) of the data, expected \(expected) (a hole)"
        case .overlap(let file, let tensor, let expected, let found):
            "\(file): tensor \(Self.quoted(tensor)): begins at byte \(found) of the data, expected \(expected) (an overlap)"
        case .tensorBeyondFile(let file, let tensor, let expected, let found):
            "\(file): tensor \(Self.quoted(tensor)): ends at byte \(expected) of the data, the file has \(found)"
        case .trailingBytes(let file, let expected, let found):
            "\(file): the tensors end at byte \(expected), the file at \(found)"
        default: identifier
        }
    }

    private var indexProblem: String {
        switch self {
        case .invalidIndex(let file, .noWeightMap): "\(file): no object \"weight_map\""
        case .invalidIndex(let file, .notAFileName(let tensor)):
            "\(file): \(Self.quoted(tensor)) is not given a file name"
        case .invalidIndex(let file, .empty): "\(file): \"weight_map\" lists no tensor"
        case .shardOutsideFolder(let index, let shard, let tensor):
            "\(index): the shard \(Self.quoted(shard)) of \(Self.quoted(tensor)) is not a file of the same folder"
        case .missingTensor(let index, let shard, let tensor):
            "\(index): tensor \(Self.quoted(tensor)) should be in \(Self.quoted(shard)) and is not"
        case .unindexedTensor(let index, let shard, let tensor):
            "\(index): \(Self.quoted(shard)) holds tensor \(Self.quoted(tensor)), which the index does not put there"
        case .tensorInTwoShards(let index, let tensor, let first, let second):
            "\(index): tensor \(Self.quoted(tensor)) is in \(Self.quoted(first)) and in \(Self.quoted(second))"
        default: identifier
        }
    }
}
