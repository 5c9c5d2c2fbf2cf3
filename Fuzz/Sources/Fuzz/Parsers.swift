import ZooBase
import ZooCheckpoint
import ZooData
import ZooText

/// Every parser of ours by name: whether it accepts some bytes.
///
/// What it accepts is used, so that a lie that opening does not find is found here. A new checkpoint format is here
/// already; another parser is one more line.
let parsers: [(name: String, accepts: @Sendable ([UInt8]) -> Bool)] =
    Formats.all.map { format in (format.name, { opens($0, format) }) }
    + Formats.all.filter { $0.name == "torch" }.map { format in
        ("pickle", { opens(TorchArchive(pickle: $0).bytes, format) })
    } + [
        ("json", readsBack),
        ("index", holdsTogether),
        ("tokenizer", encodes),
        ("csv", { hasRows($0, "csv") }),
        ("tsv", { hasRows($0, "tsv") }),
        ("jsonl", { hasRows($0, "jsonl") }),
    ]

private func file(_ bytes: [UInt8]) -> SegmentedBytes { SegmentedBytes([ByteStorage(copying: bytes)]) }

/// Opens a checkpoint, asks for every tensor of at most 16 MB and for where the store would cut the file.
@Sendable private func opens(_ bytes: [UInt8], _ format: any CheckpointFormat.Type) -> Bool {
    let whole = file(bytes)
    _ = Segments.cuts(of: whole, formats: [format])
    guard format.recognizes(Array(bytes.prefix(64)), byteCount: bytes.count) || !bytes.isEmpty,
        let checkpoint = try? format.open(whole, file: "f")
    else { return false }
    for tensor in checkpoint.tensors + checkpoint.optimizerState where tensor.info.byteCount <= 16 << 20 {
        guard let view = try? tensor.view() else { continue }
        precondition(view.range.count == tensor.info.byteCount)
        _ = view.digest
    }
    if format == GGUFFormat.self {
        for (_, array) in (try? GGUFFormat.arrays(in: whole, file: "f")) ?? [] { _ = try? array.values() }
    }
    return true
}

/// Reads a document, writes it and reads that: the same again.
@Sendable private func readsBack(_ bytes: [UInt8]) -> Bool {
    guard let value = try? JSONParser.parse(bytes) else { return false }
    for style in [JSON.Style.pretty, .compact] {
        let again = try? JSONParser.parse(value.text(style))
        precondition(again == value)
    }
    return true
}

/// Opens an index beside two sound shards, which hold the tensors `a` and `b`.
@Sendable private func holdsTogether(_ bytes: [UInt8]) -> Bool {
    let shards = ["a", "b"].enumerated().map { number, name in
        let header = Array(#"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#.utf8)
        let length = [UInt8(header.count)] + [UInt8](repeating: 0, count: 7)
        return ("model-0000\(number + 1)-of-00002.safetensors", file(length + header + [7]))
    }
    let opened = try? Checkpoint.open(files: [("model.safetensors.index.json", file(bytes))] + shards)
    return opened != nil
}

/// Loads a tokenizer and runs it there and back.
@Sendable private func encodes(_ bytes: [UInt8]) -> Bool {
    guard let tokenizer = try? Tokenizer.load(files: [("tokenizer.json", bytes)]) else { return false }
    let encoded = tokenizer.encodeIDs("Ab é [CLS] abc 中文!")
    _ = tokenizer.decode(encoded.ids)
    return true
}

/// Reads rows.
@Sendable private func hasRows(_ bytes: [UInt8], _ format: String) -> Bool {
    var options = DatasetOptions()
    options.format = format
    options.isLabelled = false
    return (try? Dataset("f." + format, storage: ByteStorage(copying: bytes), options: options)) != nil
}
