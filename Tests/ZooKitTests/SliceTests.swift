import Testing
import ZooBase
import ZooCheckpoint
import ZooKit
import ZooModels

/// One cut of a tiny model, and what config.json says afterwards.
struct Cut: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let isExact: Bool
    let change: @Sendable (inout SliceRequest) -> Void
    /// Keys of config.json by the field of `ModelAxes` that names them.
    let expected: @Sendable (ModelAxes, JSON) -> [(String, JSON)]

    static let all: [Cut] = [
        Cut("nothing", isExact: true, { $0.layers = [0, 1] }) { _, _ in [] },
        Cut("the last layer kept", { $0.layers = [1] }) { axes, _ in [(axes.layersKey, .integer(1))] },
        Cut("layers turned round", { $0.layers = [1, 0] }) { _, _ in [] },
        Cut("heads by number", { $0.keptHeads = [0: [0, 2]] }) { axes, _ in
            [(axes.prunedHeadsKey ?? "", ["0": [1, 3]])]
        },
        Cut("heads by importance", { $0.headCount = 1 }) { _, _ in [] },
        Cut("units", { $0.unitCount = 24 }) { axes, _ in [(axes.unitsKey, .integer(24))] },
        Cut("word pieces", isExact: true, { $0.vocabularySize = 70 }) { axes, _ in [(axes.vocabularyKey, .integer(70))]
        },
        Cut("positions", isExact: true, { $0.positionCount = 16 }) { axes, _ in [(axes.positionsKey, .integer(16))] },
        Cut(
            "half precision",
            {
                $0.dtype = "f16"; $0.positionCount = 39
            }
        ) { axes, _ in
            [(axes.positionsKey, .integer(39))]
        },
        Cut(
            "everything",
            {
                ($0.layers, $0.headCount, $0.unitCount) = ([1], 2, 16)
                ($0.vocabularySize, $0.positionCount) = (80, 20)
            }
        ) { axes, _ in
            [
                (axes.layersKey, .integer(1)), (axes.unitsKey, .integer(16)), (axes.vocabularyKey, .integer(80)),
                (axes.positionsKey, .integer(20)),
            ]
        },
    ]

    init(
        _ name: String, isExact: Bool = false, _ change: @escaping @Sendable (inout SliceRequest) -> Void,
        expected: @escaping @Sendable (ModelAxes, JSON) -> [(String, JSON)]
    ) {
        (testDescription, self.isExact, self.change, self.expected) = (name, isExact, change, expected)
    }
}

/// An architecture as an argument of a test.
struct Family: CustomTestStringConvertible, Sendable {
    let architecture: any Architecture.Type
    var testDescription: String { architecture.name }

    static let all = Architectures.all.filter { $0.axes != nil }.map { Family(architecture: $0) }
}

/// Every cut of every architecture's tiny model: sizes, reading again, running.
@Suite struct SliceTests {
    private static let sequences: [[UInt32]] = [[2, 8, 40, 9, 3], [2, 60, 61, 3], [2, 3]]

    @Test(arguments: Family.all, Cut.all) func everyCutGivesAModel(_ family: Family, _ cut: Cut) throws {
        let tiny = try TinyModel(family.architecture)
        let result = try tiny.slice("cut", cut.change)
        let made = try WrittenModel(tiny.place("cut"))
        let declared = family.architecture.axes
        let axes = try #require(declared)
        for (key, value) in cut.expected(axes, family.architecture.tiny) { #expect(made.configuration[key] == value) }
        #expect(result.isExact == cut.isExact)
        #expect(result.parametersAfter == made.tensors.reduce(0) { $0 + $1.info.shape.elementCount })
        #expect(result.bytesAfter == made.tensors.reduce(0) { $0 + $1.info.byteCount })
        #expect(result.tensorsAfter == made.tensors.count)
        // Loading is strict: every tensor has the shape that config.json asks for.
        let outputs = try made.pooled(Self.sequences)
        let areFinite = outputs.allSatisfy(\.isFinite)
        #expect(areFinite)
        let check = try #require(result.check)
        #expect(check.textCount + check.leftOutCount == 10 && check.textCount > 0)
        let isHalf = made.tensors.contains { $0.info.dtype == .f16 }
        if cut.isExact { #expect(check.largestDifference <= 1e-6) }
        if isHalf { #expect(check.largestDifference > 1e-6 && check.largestDifference <= 0.01) }
        if !cut.isExact, !isHalf { #expect(check.relativeChange > 1e-3) }
    }

    @Test(arguments: Family.all) func cuttingNothingChangesNothing(_ family: Family) throws {
        let tiny = try TinyModel(family.architecture)
        try tiny.slice("same") {
            ($0.layers, $0.headCount, $0.unitCount) = ([0, 1], 4, 64)
            ($0.vocabularySize, $0.positionCount) = (120, 40)
        }
        let (before, after) = (try WrittenModel(tiny.source), try WrittenModel(tiny.place("same")))
        #expect(after.digest == before.digest)
        #expect(after.configuration == before.configuration)
        #expect(try FilePaths.read(tiny.place("same/vocab.txt")) == FilePaths.read(tiny.place("model/vocab.txt")))
    }

    /// Two cuts one after the other, and the one that they come to.
    private static let chains: [(String, [Cut.Change], Cut.Change)] = [
        ("layers", [{ $0.layers = [1, 0] }, { $0.layers = [0] }], { $0.layers = [1] }),
        ("heads", [{ $0.headCount = 3 }, { $0.headCount = 2 }], { $0.headCount = 2 }),
        (
            "numbered heads", [{ $0.keptHeads = [1: [0, 2, 3]] }, { $0.keptHeads = [1: [3]] }],
            { $0.keptHeads = [1: [3]] }
        ),
        ("units", [{ $0.unitCount = 50 }, { $0.unitCount = 20 }], { $0.unitCount = 20 }),
        ("word pieces", [{ $0.vocabularySize = 100 }, { $0.vocabularySize = 70 }], { $0.vocabularySize = 70 }),
        ("positions", [{ $0.positionCount = 30 }, { $0.positionCount = 9 }], { $0.positionCount = 9 }),
        (
            "one after the other",
            [{ $0.layers = [1] }, { $0.headCount = 2 }, { $0.unitCount = 8 }, { $0.positionCount = 9 }],
            { ($0.layers, $0.headCount, $0.unitCount, $0.positionCount) = ([1], 2, 8, 9) }
        ),
    ]

    @Test(arguments: Family.all, chains.indices) func cutThenCutIsCutAtOnce(_ family: Family, _ chain: Int) throws {
        let (name, steps, whole) = Self.chains[chain]
        let tiny = try TinyModel(family.architecture)
        var last = tiny.source
        for (step, change) in steps.enumerated() {
            try tiny.slice("step\(step)", from: last, change)
            last = tiny.place("step\(step)")
        }
        try tiny.slice("whole", whole)
        let (one, two) = (try WrittenModel(tiny.place("whole")), try WrittenModel(last))
        #expect(one.digest == two.digest, "\(name)")
        #expect(one.configuration == two.configuration, "\(name)")
        for file in ["vocab.txt", "tokenizer_config.json"] {
            #expect(
                try FilePaths.read(FilePaths.join(tiny.place("whole"), file))
                    == FilePaths.read(FilePaths.join(last, file)))
        }
    }

    /// A head or unit that is cut out leaves what a model computes whose output projection ignores it.
    @Test(arguments: Family.all) func aCutIsTheModelThatIgnoresWhatIsGone(_ family: Family) throws {
        let declared = family.architecture.axes
        let axes = try #require(declared)
        let size = try #require(family.architecture.tiny[axes.hiddenKey]?.integer)
        let (heads, units) = (
            family.architecture.tiny[axes.headsKey]!.integer!, family.architecture.tiny[axes.unitsKey]!.integer!
        )
        /// Sets the columns of a layer's projection to zero.
        func silence(_ rule: String, _ columns: Range<Int>, _ width: Int) -> (String, inout [Float]) -> Void {
            let wanted = rule.replacing("{layer}", with: "0")
            return { name, elements in
                guard name.hasSuffix(wanted) else { return }
                for row in 0..<elements.count / width { for column in columns { elements[row * width + column] = 0 } }
            }
        }
        let headSize = size / heads
        let deafToHeads = try TinyModel(
            family.architecture, change: silence(axes.headOutput, headSize..<2 * headSize, size))
        let full = try WrittenModel(deafToHeads.source).pooled(Self.sequences)
        let result = try deafToHeads.slice("cut") { $0.keptHeads = [0: [0, 2, 3]] }
        let cut = try WrittenModel(deafToHeads.place("cut")).pooled(Self.sequences)
        #expect(zip(full, cut).allSatisfy { abs($0 - $1) <= 1e-6 })
        #expect(result.isExact && (result.check?.largestDifference ?? 1) <= 1e-6)
        let deafToUnits = try TinyModel(family.architecture, change: silence(axes.unitOutput, 10..<units, units))
        let narrow = try deafToUnits.slice("cut") { ($0.layers, $0.unitCount) = ([0], 10) }
        let whole = try deafToUnits.slice("whole") { $0.layers = [0] }
        let pair = try ["cut", "whole"].map { try WrittenModel(deafToUnits.place($0)).pooled(Self.sequences) }
        #expect(zip(pair[0], pair[1]).allSatisfy { abs($0 - $1) <= 1e-6 })
        #expect(!narrow.isExact && !whole.isExact)
    }

    @Test func partsOfFilesNeedNoArchitecture() throws {
        let tiny = try TinyModel(Bert.self)
        let file = FilePaths.join(tiny.source, "model.safetensors")
        let word = "embeddings.word_embeddings.weight"
        try tiny.slice("rows.safetensors", from: file) {
            $0.ranges = ["\(word)[10:20]", "pooler.dense.weight[:, 4:8]"]
        }
        let rows = StateDict(try Checkpoint.open(tiny.place("rows.safetensors")))
        #expect(rows[word]?.info.shape == [10, 32] && rows["pooler.dense.weight"]?.info.shape == [32, 4])
        let source = StateDict(try Checkpoint.open(file))
        let (part, whole) = (try rows[word]!.view(), try source[word]!.view())
        let bytes = whole.withUnsafeBytes { Array($0[10 * 128..<20 * 128]) }
        #expect(part.withUnsafeBytes { Array($0) } == bytes)
        try tiny.slice("only.safetensors", from: file) { ($0.only, $0.drop) = (["pooler.*"], ["*.bias"]) }
        #expect(try Checkpoint.open(tiny.place("only.safetensors")).tensors.map(\.info.name) == ["pooler.dense.weight"])
    }

    /// What the suffix of a file says is what is in it; a folder may have a dot in its name when it ends with a slash.
    @Test(arguments: [("x.h5", "hdf5"), ("x.npz", "npz"), ("x.pt", "torch"), ("x.safetensors", "safetensors")])
    func filesAreWhatTheirSuffixSays(_ file: String, _ format: String) throws {
        let tiny = try TinyModel(Bert.self)
        let result = try tiny.slice(file) { $0.layers = [1] }
        let (cut, expected) = (try Checkpoint.open(tiny.place(file)), tiny.place("x.v2"))
        try tiny.slice("x.v2") { $0.layers = [1] }
        #expect(cut.format == format)
        #expect(WeightsDigest.of(try cut.views(), known: { _ in nil }) == (try WrittenModel(expected)).digest)
        #expect(result.check != nil && result.notRun == nil)
        try tiny.slice("x.foo/") { $0.layers = [1] }
        #expect(try WrittenModel(tiny.place("x.foo")).digest == WrittenModel(expected).digest)
    }

    /// A mark joins the sign before it into one Character, and is a single character of the vocabulary all the same.
    @Test func piecesOfCombiningMarksAreKept() throws {
        let tiny = try TinyModel(Bert.self)
        let marks = ["\u{301}", "##\u{301}", "##\u{94D}"]
        var pieces = String(decoding: try FilePaths.read(FilePaths.join(tiny.source, "vocab.txt")), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        pieces.replaceSubrange(pieces.count - marks.count..<pieces.count, with: marks)
        try tiny.write("vocab.txt", pieces.map { $0 + "\n" }.joined())
        try tiny.slice("cut") { $0.vocabularySize = 70 }
        let kept = try FilePaths.read(tiny.place("cut/vocab.txt")).split(separator: 10).map { Array($0) }
        #expect(kept.count == 70)
        for mark in marks { #expect(kept.contains(Array(mark.utf8))) }
    }

    @Test func aChangeOfTypeTellsWhatItLost() throws {
        let word = "embeddings.word_embeddings.weight"
        let tiny = try TinyModel(Bert.self) { name, elements in
            if name.hasSuffix(word) { (elements[0], elements[1], elements[2]) = (1e5, 1e-9, 0.1) }
        }
        let file = FilePaths.join(tiny.source, "model.safetensors")
        let result = try tiny.slice("half.npz", from: file) { ($0.only, $0.dtype) = ([word], "f16") }
        let loss = try #require(result.loss)
        #expect(result.dtype == "F16" && loss.overflowCount == 1 && loss.firstOverflow == word)
        #expect(loss.underflowCount == 1 && loss.largestError > 0)
        #expect(try tiny.slice("whole.npz", from: file) { $0.only = [word] }.loss == nil)
        let differences = try Registry(home: tiny.place("home")).diff(file, tiny.place("half.npz")).changes
        #expect(differences.contains { $0.figures.contains("1 value infinite or NaN") })
    }

    /// What is left of a model that lost tensors is kept, and it is said that it was not run.
    @Test func partsOfAModelAreNotRun() throws {
        let tiny = try TinyModel(Bert.self)
        let part = try tiny.slice("part") { $0.drop = ["encoder.layer.1.*"] }
        #expect(part.check == nil && part.notRun?.contains("missing encoder.layer.1.") == true)
        let rows = try tiny.slice("rows") { $0.ranges = ["embeddings.word_embeddings.weight[0:10]"] }
        #expect(rows.check == nil && rows.notRun?.contains("[10, 32], expected [120, 32]") == true)
        let half = try tiny.slice("half") { $0.dtype = "f16" }
        #expect(half.notRun == nil && half.check?.outputs == "pooled outputs")
        #expect(try WrittenModel(tiny.place("half")).configuration["torch_dtype"] == "float16")
        #expect(part.dropped.allSatisfy { $0.hasPrefix("encoder.layer.1.") } && part.dropped.count == 16)
        #expect(rows.ranges.map(\.tensor) == ["embeddings.word_embeddings.weight"])
        #expect(rows.ranges.first?.before == [120, 32] && rows.ranges.first?.after == [10, 32])
    }

    /// The sizes of a file without config.json are told by its tensors; in every format it is cut as the folder is.
    @Test(arguments: Family.all, [".safetensors", ".h5", ".npz", ".pt"])
    func aBareFileIsCutAsItsFolderIs(_ family: Family, _ suffix: String) throws {
        let tiny = try TinyModel(family.architecture)
        let bare = tiny.place("bare" + suffix)
        let request = ConvertRequest(source: FilePaths.join(tiny.source, "model.safetensors"), destination: bare)
        _ = try Registry(home: tiny.place("home")).convert(request)
        let cut: Cut.Change = { ($0.layers, $0.unitCount, $0.positionCount) = ([1], 24, 9) }
        try tiny.slice("whole", cut)
        let result = try tiny.slice("part" + suffix, from: bare, cut)
        #expect(result.check == nil && result.notRun == "there is no config.json")
        #expect(result.changes.map(\.after) == [1, 24, 9])
        let part = try Checkpoint.open(tiny.place("part" + suffix))
        let made = try part.views()
        #expect(suffix == ".h5" || !part.metadata.contains(where: \.isNameList))
        #expect(WeightsDigest.of(made, known: { _ in nil }) == (try WrittenModel(tiny.place("whole")).digest))
        for (change, reason): (Cut.Change, String) in [
            ({ $0.headCount = 1 }, "shapes do not tell how many heads"), ({ $0.vocabularySize = 70 }, "tokenizer"),
            ({ $0.layers = [2] }, "the model has layers 0 to 1"), ({ $0.unitCount = 65 }, "the model has 64 units"),
        ] {
            let error = #expect(throws: (any Error).self) { try tiny.slice("no" + suffix, from: bare, change) }
            let message = (error as? any ZooFailure)?.message ?? ""
            #expect(message.contains(reason), "\(message)")
            #expect(!FilePaths.exists(tiny.place("no" + suffix)))
        }
    }

    /// The index of shards stands for them.
    @Test func anIndexIsItsShards() throws {
        let tiny = try TinyModel(Bert.self)
        var request = ConvertRequest(source: tiny.source, destination: tiny.place("shards"))
        request.shardSize = 8192
        _ = try Registry(home: tiny.place("home")).convert(request)
        let index = tiny.place("shards/" + Checkpoint.indexFile)
        #expect(FilePaths.exists(index))
        try tiny.slice("cut", from: index) { $0.layers = [1] }
        try tiny.slice("whole") { $0.layers = [1] }
        let made = try Checkpoint.open(tiny.place("cut/model.safetensors")).views()
        #expect(WeightsDigest.of(made, known: { _ in nil }) == (try WrittenModel(tiny.place("whole")).digest))
    }

    /// Of outputs that are no numbers it cannot be said that they stay the same.
    @Test func nothingIsSaidOfAnOriginalThatIsNotFinite() throws {
        let broken = try TinyModel(Bert.self) { name, elements in
            if name.contains("layer.0.output.LayerNorm.bias") { elements[0] = .nan }
        }
        let result = try broken.slice("cut") { $0.layers = [1] }
        #expect(result.check == nil && result.notRun?.contains("not finite") == true)
    }

    /// A text that is longer than what is left of the positions is not within the cut.
    @Test func textsThatNoLongerFitAreLeftOut() throws {
        let tiny = try TinyModel(Bert.self)
        let check = try #require(try tiny.slice("short") { $0.positionCount = 2 }.check)
        #expect(check.textCount == 1 && check.leftOutCount == 9)
    }

    /// A single file is run too, with the config.json and the tokenizer that a folder would have got.
    @Test(arguments: Family.all, [".safetensors", ".h5", ".npz", ".pt"])
    func aFileIsRunBeforeItAppears(_ family: Family, _ suffix: String) throws {
        let tiny = try TinyModel(family.architecture)
        let result = try tiny.slice("cut" + suffix) { ($0.vocabularySize, $0.positionCount) = (70, 16) }
        let check = try #require(result.check)
        #expect(result.notRun == nil && result.isExact && check.largestDifference <= 1e-6 && check.textCount > 0)
        #expect(result.notes.count == 1)

        let before = try FilePaths.read(tiny.place("cut" + suffix))
        // Finite in f32, infinite in f16: the row of [CLS].
        let large = try TinyModel(family.architecture) { name, elements in
            if name.hasSuffix("word_embeddings.weight") { elements[2 * 32] = 1e6 }
        }
        #expect(throws: KitError.notFinite) {
            try large.slice("x", from: large.source) {
                ($0.dtype, $0.path, $0.replaces) = ("f16", tiny.place("cut" + suffix), true)
            }
        }
        #expect(try FilePaths.read(tiny.place("cut" + suffix)) == before)
        #expect(try FilePaths.list(tiny.folder).allSatisfy { !$0.hasSuffix(".tmp") })
    }

    /// A model for another task has no pooler: every cut works, and hidden states are compared.
    @Test(arguments: Family.all, Cut.all) func cutsNeedNoPooler(_ family: Family, _ cut: Cut) throws {
        let tiny = try TinyModel(family.architecture)
        let bare = try tiny.slice("bare") { $0.drop = ["*pooler.*"] }
        #expect(bare.check?.outputs == "hidden states" && bare.check?.largestDifference == 0)
        let result = try tiny.slice("cut", from: tiny.place("bare"), cut.change)
        let check = try #require(result.check)
        #expect(check.outputs == "hidden states" && result.isExact == cut.isExact)
        let isHalf = try WrittenModel(tiny.place("cut")).tensors.contains { $0.info.dtype == .f16 }
        if cut.isExact { #expect(check.largestDifference <= 2e-6) }
        if isHalf { #expect(check.largestDifference <= 0.02) }
        if !cut.isExact, !isHalf { #expect(check.relativeChange > 1e-3) }
    }

    @Test func prunedHeadsComeWithANote() throws {
        let tiny = try TinyModel(Bert.self)
        let noted = try tiny.slice("cut") { $0.keptHeads = [0: [0, 2]] }.notes
        #expect(noted.count == 1 && noted[0].contains("does not read pruned_heads"))
        #expect(try tiny.slice("same") { $0.keptHeads = [0: [0, 1, 2, 3]] }.notes.isEmpty)
    }

    /// A cut that cannot be made says why in one line and leaves nothing.
    @Test(arguments: Family.all, refusals.indices) func whatCannotBeCutIsRefused(_ family: Family, _ index: Int) throws
    {
        let (says, change) = Self.refusals[index]
        let tiny = try TinyModel(family.architecture)
        try tiny.write("keep.txt", "the\nnot\n")
        let error = #expect(throws: (any Error).self) {
            try tiny.slice("cut") {
                $0.vocabularyFile = says.contains("special") ? FilePaths.join(tiny.source, "keep.txt") : nil
                change(&$0)
            }
        }
        let message = (error as? any ZooFailure)?.message ?? ""
        #expect(message.contains(says) && !message.contains("\n"), "\(String(describing: error))")
        #expect(!FilePaths.exists(tiny.place("cut")))
    }

    private static let refusals: [(String, Cut.Change)] = [
        ("there is no layer 2; the model has layers 0 to 1", { $0.layers = [0, 2] }),
        ("names a layer twice", { $0.layers = [1, 1] }), ("keeps no layer", { $0.layers = [] }),
        ("no head of layer 0 would be left", { $0.keptHeads = [0: []] }),
        ("layer 1 has no head 4; it has 0, 1, 2, 3", { $0.keptHeads = [1: [4]] }),
        ("names layer 0, which is not kept", { ($0.layers, $0.keptHeads) = ([1], [0: [0]]) }),
        ("--heads would leave no heads", { $0.headCount = 0 }), ("layer 0 has 4 heads", { $0.headCount = 5 }),
        ("the model has 64 units", { $0.unitCount = 65 }), ("the model has 40 positions", { $0.positionCount = 41 }),
        (
            "special tokens and single characters alone are",
            {
                $0.vocabularySize = 20; $0.vocabularyFile = nil
            }
        ),
        ("the model has 120 word pieces", { $0.vocabularySize = 121 }),
        ("leaves out the special token", { _ in }),
        ("--range: no tensor of", { $0.ranges = ["nothing[0:1]"] }),
        ("lies outside axis 0", { $0.ranges = ["embeddings.word_embeddings.weight[0:121]"] }),
        ("no tensor is left", { ($0.only, $0.drop) = (["pooler.*"], ["*"]) }),
        ("--only: no tensor of", { $0.only = ["nothing"] }),
        ("matches \"nothing*\"", { ($0.only, $0.drop) = (["*"], ["nothing*"]) }),
        (
            "5:5 of embeddings.word_embeddings.weight is empty",
            { $0.ranges = ["embeddings.word_embeddings.weight[5:5]"] }
        ),
        ("[CLS] and [SEP] alone take two positions", { $0.positionCount = 1 }),
        ("not both", { $0.name = "made" }),
        ("-o is a file that ends in", { ($0.path, $0.layers) = ("cut.foo", [0]) }),
        ("f32, f16, bf16 or f64", { $0.dtype = "i8" }),
    ]
}

extension Cut {
    typealias Change = @Sendable (inout SliceRequest) -> Void
}
