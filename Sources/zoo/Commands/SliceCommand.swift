import ArgumentParser
import ZooBase
import ZooKit

struct SliceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slice", abstract: "Cut layers, heads, width, vocabulary or tensors out of a model.",
        discussion: """
            Examples:
              zoo slice base --layers 0,2,5 --name base-l3
              zoo slice base --vocab-size 6000 --vocab-from reviews.csv --max-length 128 --dtype f16 --name small
              zoo slice base --heads 6 --ffn 768 -o ./narrow         the most important ones of every layer
              zoo slice base --keep-heads layer.0=0,3,5 --dry-run
              zoo slice ./model.safetensors --only 'encoder.layer.[01].*' -o ./first.safetensors
            Heads and units are kept by the norm of their part of the output projection. The configuration and the
            tokenizer change with the tensors, and the result is run beside the original.
            In a pattern * stands for any run of characters, ? for one, [01], [0-9] and [!0] for one of a class.
            """)
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var source: String
    @Option(name: .shortAndLong, help: "The file or folder to write.", completion: .file()) var output: String?
    @Option(help: "The name of the version to make.") var name: String?
    @Option(help: "Layers to keep, as in 0,2,5; they are renumbered in this order.", transform: NumberList.init)
    var layers: NumberList?
    @Option(help: "Heads to keep in one layer, as in layer.0=0,3,5; may be repeated.", transform: LayerHeads.init)
    var keepHeads: [LayerHeads] = []
    @Option(help: "Heads to keep in every other layer, the most important ones.") var heads: Int?
    @Option(help: "Units to keep in every feed-forward block, the most important ones.") var ffn: Int?
    @Option(help: "Word pieces to keep.") var vocabSize: Int?
    @Option(help: "Texts whose word pieces are kept first: a data file, or one text a line.", completion: .file())
    var vocabFrom: String?
    @Option(help: "A file that lists the word pieces to keep, one a line.", completion: .file()) var vocabKeep: String?
    @Option(help: "Rows of the position table to keep.") var maxLength: Int?
    @Option(help: "Keep only tensors whose names match a pattern; may be repeated.") var only: [String] = []
    @Option(help: "Leave out tensors whose names match a pattern; may be repeated.") var drop: [String] = []
    @Option(help: "Keep part of a tensor, as in NAME[0:1000]; may be repeated.") var range: [String] = []
    @Option(help: "Element type of floating-point tensors: f32, f16, bf16 or f64.") var dtype: String?
    @Flag(help: "Print the plan and stop.") var dryRun = false
    @Flag(help: "Replace a file that is there.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var request = SliceRequest(source: source)
        (request.path, request.name, request.layers) = (output, name, layers?.numbers)
        for kept in keepHeads where request.keptHeads.updateValue(kept.heads, forKey: kept.layer) != nil {
            throw KitError.contradiction("--keep-heads names layer \(kept.layer) twice")
        }
        (request.headCount, request.unitCount) = (heads, ffn)
        (request.vocabularySize, request.vocabularyTexts, request.vocabularyFile) = (vocabSize, vocabFrom, vocabKeep)
        request.positionCount = maxLength
        (request.only, request.drop, request.ranges) = (only, drop, range)
        (request.dtype, request.isDryRun, request.replaces) = (dtype, dryRun, force)
        var notesTold = 0
        let result = try Registry.current.slice(request) { plan in
            notesTold = plan.notes.count
            if !global.json, !global.quiet { Self.announce(plan) }
        }
        global.print(result) { result in
            guard let destination = result.destination else { return }
            Terminal.made(destination, alreadyExisted: result.alreadyExisted, seconds: result.seconds)
            if let weights = result.weightsDigest { Terminal.out("  weights     \(weights)") }
            if let loss = result.loss { Terminal.out("  lost        \(ConvertCommand.describe(loss))") }
            if let check = result.check { Terminal.out("  checked     \(Self.describe(check, result.isExact))") }
            if let reason = result.notRun { Terminal.out("  not run     \(reason)") }
            for note in result.notes.dropFirst(notesTold) { Terminal.out("  note        \(note)") }
        }
    }

    /// Tensors left out that the plan names.
    private static let shownNames = 6

    private static func announce(_ plan: SliceResult) {
        Terminal.out("\(Terminal.bold(plan.source))  to be cut")
        for change in plan.changes {
            let kept = change.kept.map { " (\($0))" } ?? ""
            Terminal.out("  \(change.what): \(change.before) → \(change.after)\(kept)")
        }
        for range in plan.ranges { Terminal.out("  \(range.tensor): \(range.before) → \(range.after)") }
        if !plan.dropped.isEmpty {
            let names = plan.dropped.prefix(shownNames).joined(separator: ", ")
            let rest = plan.dropped.count - shownNames
            Terminal.out("  left out: \(names)\(rest > 0 ? " and \(rest) more" : "")")
        }
        if let dtype = plan.dtype { Terminal.out("  floating-point tensors: as \(dtype)") }
        Terminal.out(
            "  tensors \(plan.tensorsBefore) → \(plan.tensorsAfter), parameters \(Format.count(plan.parametersBefore)) → "
                + "\(Format.count(plan.parametersAfter)), \(Format.bytes(plan.bytesBefore)) → "
                + Format.bytes(plan.bytesAfter))
        for note in plan.notes { Terminal.out("  note        \(note)") }
    }

    private static func describe(_ check: SliceResult.Check, _ isExact: Bool) -> String {
        let left =
            check.leftOutCount > 0 ? "; \(check.leftOutCount) more need word pieces or positions that are gone" : ""
        let difference = Format.scientific(check.largestDifference)
        let texts = Format.counted(check.textCount, "text")
        return isExact
            ? "\(check.outputs) the same as the original's on \(texts) (largest difference \(difference))\(left)"
            : "\(check.outputs) finite; on \(texts) they change by \(Format.percent(check.relativeChange)) "
                + "(largest difference \(difference))\(left)"
    }
}

/// `0,2,5`.
struct NumberList {
    let numbers: [Int]

    init(_ argument: String) throws {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        numbers = parts.compactMap { Int($0) }.filter { $0 >= 0 }
        guard numbers.count == parts.count else { throw ValidationError("give numbers, as in 0,2,5") }
    }
}

/// `layer.0=0,3,5`.
struct LayerHeads {
    let layer: Int
    let heads: [Int]

    init(_ argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].hasPrefix("layer."), let layer = Int(parts[0].dropFirst(6)), layer >= 0,
            let heads = try? NumberList(String(parts[1]))
        else { throw ValidationError("give a layer and its heads, as in layer.0=0,3,5") }
        (self.layer, self.heads) = (layer, heads.numbers)
    }
}
