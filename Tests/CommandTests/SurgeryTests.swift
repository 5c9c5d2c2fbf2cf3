import Foundation
import Testing

/// slice, head, merge and a teacher as they are typed: what they print, make and refuse.
@Suite struct SurgeryTests {
    private static let refused = [
        BadInput("a layer that is not there", "slice reviews --layers 0,3 --name out", 4, "there is no layer 3"),
        BadInput("a layer twice", "slice reviews --layers 0,0 --name out", 2, "names a layer twice"),
        BadInput("no layers", ["slice", "reviews", "--layers", "", "--name", "out"], 2, "--layers"),
        BadInput(
            "heads of a layer that goes", "slice reviews --layers 1 --keep-heads layer.0=1 --name out", 2, "not kept"),
        BadInput("no head of a layer", "slice reviews --keep-heads layer.0= --name out", 2, "--keep-heads"),
        BadInput("a head that is not there", "slice reviews --keep-heads layer.0=12 --name out", 4, "has no head 12"),
        BadInput("no heads", "slice reviews --heads 0 --name out", 2, "would leave no heads"),
        BadInput("too many units", "slice reviews --ffn 4000 --name out", 4, "the model has 1536 units"),
        BadInput("too long", "slice reviews --max-length 4000 --name out", 4, "the model has 128 positions"),
        BadInput("a range outside", "slice reviews --range classifier.bias[0:4] --name out", 4, "outside axis 0"),
        BadInput(
            "a range of nothing", "slice reviews --range nothing[0:3] --name out", 3, "no tensor of reviews@1 matches"),
        BadInput(
            "texts that are none", "slice reviews --vocab-size 5000 --vocab-from t --name out", 4, "no text in t",
            ["t": "\n\n"]),
        BadInput(
            "texts that are bytes", "slice reviews --vocab-size 5000 --vocab-from t --name out", 4, "not text in UTF-8",
            ["t": "a\0b\n"]),
        BadInput("too many heads", "slice reviews --heads 13 --name out", 4, "layer 0 has 12 heads"),
        BadInput("a range that is none", "slice reviews --range nothing --name out", 2, "NAME[from:to]"),
        BadInput("no tensor left", "slice reviews --only nothing --name out", 3, "no tensor of reviews@1 matches"),
        BadInput("no word pieces", "slice reviews --vocab-size 0 --name out", 2, "would leave no pieces"),
        BadInput("too few word pieces", "slice reviews --vocab-size 10 --name out", 4, "special tokens and single"),
        BadInput("too many word pieces", "slice reviews --vocab-size 7000 --name out", 4, "has 6000 word pieces"),
        BadInput(
            "a special token left out", "slice reviews --vocab-keep keep.txt --name out", 4, "special token [PAD]",
            ["keep.txt": "[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n"]),
        BadInput(
            "an unknown word piece", "slice reviews --vocab-keep keep.txt --name out", 4, "keep.txt, line 2",
            ["keep.txt": "the\nnotapiece\n"]),
        BadInput("texts without a size", "slice reviews --vocab-from reviews.csv --name out", 2, "needs --vocab-size"),
        BadInput("nowhere to go", "slice reviews --layers 0", 2, "-o PATH or --name NAME"),
        BadInput("two places to go", "slice reviews --layers 0 --name out -o out", 2, "not both"),
        BadInput("nothing to cut", "slice reviews --name out", 2, "nothing to cut"),
        BadInput("a layer that is none", "slice reviews --layers a --name out", 2, "give numbers, as in 0,2,5"),
        BadInput(
            "heads of one layer twice", "slice reviews --keep-heads layer.0=0 --keep-heads layer.0=1 --name out", 2,
            "names layer 0 twice"),
        BadInput("one position", "slice reviews --max-length 1 --name out", 2, "alone take two positions"),
        BadInput("a tensor to drop that is not there", "slice reviews --drop nope* --name out", 3, "matches \"nope*\""),
        BadInput(
            "no rows", "slice reviews --range classifier.bias[1:1] --name out", 2, "1:1 of classifier.bias is empty"),
        BadInput("a suffix of nothing", "slice reviews --layers 0 -o ./out.foo", 2, "a file that ends in .safetensors"),
        BadInput("a suffix that is only read", "merge reviews reviews -o ./out.gguf", 2, "that can be written"),
        BadInput("an unknown type", "slice reviews --dtype i8 --name out", 2, "f32, f16, bf16 or f64"),
        BadInput("a head to drop that is not there", "head base --drop", 2, "without a head"),
        BadInput("labels of a base", "head base --labels a,b", 2, "without a head"),
        BadInput("labels without a task", "head base --task nothing --labels a,b", 3, "no task is called \"nothing\""),
        BadInput("a task without labels", "head base --task sentiment", 2, "--task needs --labels"),
        BadInput("two things at once", "head reviews --drop --labels a,b", 2, "give one of"),
        BadInput("one label", "head base --task sentiment --labels a", 2, "needs at least two"),
        BadInput("a label of a new head twice", "head base --task sentiment --labels a,a", 2, "names a label twice"),
        BadInput("too few labels", "head reviews --labels negative", 4, "has 3 labels (negative, neutral, positive)"),
        BadInput(
            "the labels it has", "head reviews --labels negative,neutral,positive", 2, "has these labels in this order"),
        BadInput("a label twice", "head reviews --labels negative,negative,neutral", 2, "names a label twice"),
        BadInput("half the labels", "head reviews --labels bad,neutral,positive", 4, "reorder first, then rename"),
        BadInput("the head of a base", "head reviews --from base", 2, "without a head"),
        BadInput("one version", "merge reviews --name out", 2, "at least two versions"),
        BadInput("another way", "merge reviews reviews --method other --name out", 2, "linear, slerp"),
        BadInput("three on an arc", "merge reviews reviews reviews --method slerp --name out", 2, "slerp merges two"),
        BadInput("no base to change from", "merge reviews reviews --method ties --name out", 2, "needs --base"),
        BadInput("a base for nothing", "merge reviews reviews --base base --name out", 2, "has no use for --base"),
        BadInput("weights of others", "merge reviews reviews --weights 1 --name out", 2, "1 number for 2 versions"),
        BadInput("weights of nothing", "merge reviews reviews --weights 0,0 --name out", 2, "one is above zero"),
        BadInput("a weight that is none", "merge reviews reviews --weights 1,nan --name out", 2, "nan is not a weight"),
        BadInput(
            "weights without a sum", "merge reviews reviews --weights 1e308,1e308 --name out", 2, "sum is too large"),
        BadInput("a share of nothing", "merge reviews reviews --density 0.5 --name out", 2, "no use for --density"),
        BadInput("no part", "merge reviews reviews --method ties --base base --density 0 --name out", 2, "above 0"),
        BadInput(
            "with and without a head", "merge reviews base --name out", 4,
            "classifier.weight is in reviews@1 and not in"),
        BadInput(
            "a teacher that is not there", "finetune base --teacher nothing --task sentiment", 3, "no model \"nothing\""
        ),
        BadInput("a teacher without a head", "finetune base --teacher base --task sentiment", 2, "without a head"),
        BadInput("a temperature for nobody", "finetune base --task sentiment --temperature 3", 2, "give --teacher"),
        BadInput("a weight for nobody", "finetune base --task sentiment --hidden-weight 3", 2, "give --teacher"),
        BadInput(
            "a temperature of nothing", "finetune base --teacher reviews --task sentiment --temperature 0", 2,
            "--temperature must be"),
        BadInput(
            "more than the whole", "finetune base --teacher reviews --task sentiment --distillation-weight 1.5", 2,
            "--distillation-weight must be"),
    ]

    @Test(arguments: refused) func whatCannotBeDoneIsRefused(input: BadInput) throws { try BadInputTests.check(input) }

    @Test func aHeadOfAnotherBaseIsRefused() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("import", Sample.compactBase.path, "--as", "stranger")
        try BadInputTests.check(
            BadInput(
                "stranger", "head stranger --from reviews --name out", 4, "was not made from the base of stranger"),
            in: workshop)
        #expect(
            try workshop.json("head", "stranger", "--from", "reviews", "--force", "--name", "out").string("version")
                == "out@1")
    }

    @Test func versionsThatDoNotFitAreListed() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("slice", "reviews", "--layers", "0,1", "--name", "short")
        let missing = "encoder.layer.2.attention.self.query.weight is in reviews@1 and not in short@1"
        try BadInputTests.check(BadInput("layers", "merge reviews short --name out", 4, missing), in: workshop)
        try workshop.done("slice", "reviews", "--vocab-size", "5000", "--name", "narrow")
        let vocabularies = "the vocabularies of reviews@1 and narrow@1 differ"
        try BadInputTests.check(BadInput("pieces", "merge reviews narrow --name out", 4, vocabularies), in: workshop)
        try workshop.done("head", "reviews", "--labels", "bad,so-so,good", "--name", "renamed")
        let labels = "the labels of reviews@1 (negative, neutral, positive) and renamed@1 (bad, so-so, good) differ"
        try BadInputTests.check(BadInput("labels", "merge reviews renamed --name out", 4, labels), in: workshop)
        let base = "merge reviews --method task-arithmetic --base renamed --name out"
        try BadInputTests.check(BadInput("labels of the base", base, 4, labels), in: workshop)
        try BadInputTests.check(
            BadInput(
                "a teacher of other labels", "finetune base --teacher renamed --task sentiment --data reviews.csv", 4,
                "renamed@1 has the labels bad, so-so, good, the data negative, neutral, positive"), in: workshop)
        try BadInputTests.check(
            BadInput(
                "a teacher with fewer layers",
                "finetune base --teacher short --task sentiment --data reviews.csv --hidden-weight 1", 4,
                "cannot be compared"), in: workshop)
    }

    /// A teacher is a parent of its pupil; the same again is the same version; resuming ends in the same bits.
    @Test func aTeacherIsPartOfTheLineage() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("slice", "base", "--layers", "0,2", "--name", "cut")
        let command = [
            "finetune", "cut", "--teacher", "reviews", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "1",
            "--name", "pupil",
        ]
        let planned = try workshop.zoo(command + ["--dry-run", "--json"]).standardOutput
        let plan = try #require(try JSONText.lines(planned).first { $0.string("event") == "plan" })
        #expect(plan.integer("plan.teacher.comparedLayers") == 2 && plan.bool("plan.teacher.kept") == true)
        #expect(plan.integer("plan.teacher.comparedRows") == plan.integer("plan.trainingRows"))
        let output = try workshop.zoo(command)
        #expect(output.status == 0)
        // The lineage knows which layers the pupil has.
        #expect(output.standardOutput.contains("hidden states near those of its layers 1, 3 (weight"))
        let lineage = try workshop.done("lineage", "pupil", "--json")
        #expect(lineage.contains("\"teacherLayers\""))
        let teacher = try #require(try workshop.json("show", "reviews").string("version.digest"))
        #expect(lineage.contains(teacher.replacing("sha256:", with: "")))
        let again = try workshop.zoo(command + ["--force", "--threads", "1", "--json"])
        #expect(again.status == 0, "\(again.standardError)")
        let known = try workshop.zoo(command + ["--json"])
        #expect(try JSONText.lines(known.standardOutput).last?.bool("alreadyExisted") == true)
        let other = try workshop.zoo(command + ["--temperature", "5", "--dry-run", "--json"])
        #expect(try JSONText.lines(other.standardOutput).last?.bool("alreadyExisted") == false)
    }

    @Test func aRunWithATeacherGoesOn() throws {
        let workshop = try Workshop(.reviews)
        let command = [
            "finetune", "base", "--teacher", "reviews", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "3",
            "--lr", "0.0002", "--name", "pupil", "--json",
        ]
        let running = try ZooProcess(command, home: workshop.home, folder: workshop.folder)
        #expect(try running.wait(for: "\"step\":1,"))
        running.send(SIGINT)
        let stopped = try running.finish()
        #expect(stopped.status == 130)
        let run = try #require(try workshop.json("runs", "list").string("0.run"))
        let resumed = try JSONText.lines(try workshop.done("finetune", "--resume", run, "--json"))
        let digest = try #require(resumed.last?.string("weightsDigest"))
        let whole = try Workshop(.reviews)
        let expected = try JSONText.lines(whole.zoo(command).standardOutput).last?.string("weightsDigest")
        #expect(digest == expected)
    }

    /// Shapes alone do not tell that other heads were taken out.
    @Test func mergesNeedTheSameHeads() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("slice", "base", "--keep-heads", "layer.0=0,1", "--name", "one")
        try workshop.done("slice", "base", "--keep-heads", "layer.0=2,3", "--name", "other")
        try BadInputTests.check(
            BadInput("other heads", "merge one other --name both", 4, "pruned_heads of config.json is"), in: workshop)
    }

    @Test func mergesWriteWhatTheirSuffixSays() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("merge", "reviews", "reviews", "-o", "./soup.h5")
        #expect(try workshop.json("inspect", "./soup.h5").string("format") == "hdf5")
        #expect(try workshop.zoo("diff", "reviews", "./soup.h5").status == 0)
    }

    /// A folder says which labels its head has, so that it is the same model wherever it is opened.
    @Test func foldersNameTheirLabels() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("slice", "reviews", "--layers", "0,2", "-o", "./cut")
        try workshop.done("merge", "reviews", "reviews", "-o", "./soup")
        try workshop.done("convert", "reviews", "./copy", "--dtype", "f16")
        for folder in ["cut", "soup", "copy"] {
            try workshop.done("import", "./\(folder)", "--as", folder)
            #expect(try workshop.json("show", folder).strings("labels") == ["negative", "neutral", "positive"])
            let configuration = try String(
                contentsOf: workshop.folder.appendingPathComponent("\(folder)/config.json"), encoding: .utf8)
            #expect(configuration.contains("\"torch_dtype\": \"float\(folder == "copy" ? 16 : 32)\""))
        }
        // Without its head a folder says nothing of labels.
        try workshop.done("export", "reviews", "--to", "hub", "-o", "hub")
        try workshop.done("import", "./hub", "--as", "hub")
        try workshop.done("head", "hub", "--drop", "--name", "bare")
        try workshop.done("slice", "bare", "--layers", "0", "-o", "./bare")
        let bare = try String(contentsOf: workshop.folder.appendingPathComponent("bare/config.json"), encoding: .utf8)
        #expect(!bare.contains("label") && !bare.contains("Classification"))
        try workshop.done("slice", "reviews", "--drop", "classifier.*", "--name", "dropped")
        #expect(try workshop.json("show", "dropped").strings("labels") == [])
        // What is compared are the outputs of the head, outside the registry too.
        let made = try workshop.json("slice", "./copy", "--layers", "0", "-o", "./short")
        #expect(made.string("check.outputs") == "logits")
        #expect(made.integer("check.texts") == 10)
    }

    @Test func layersThatTheConfigurationLacksAreNoSilentLoss() throws {
        let workshop = try Workshop(.base)
        try workshop.done("export", "base", "--to", "hub", "-o", "hub")
        let configuration = workshop.folder.appendingPathComponent("hub/config.json")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try workshop.write(
            "hub/config.json", text.replacing("\"num_hidden_layers\": 3", with: "\"num_hidden_layers\": 2"))
        try BadInputTests.check(
            BadInput("layers", "slice ./hub --max-length 64 -o out", 4, "is of layer 2, the model has 2 layers"),
            in: workshop)
    }

    /// A version that is no model any more says so when it is made, and to whoever would use it.
    @Test func partsAreKeptAndRefusedElsewhere() throws {
        let workshop = try Workshop(.reviews)
        let made = try workshop.done("slice", "reviews", "--drop", "encoder.layer.1.*", "--name", "part")
        #expect(made.contains("not run     it is no model of its config.json any more: the weights do not fit"))
        let reason = "part@1: the weights do not fit config.json: missing encoder.layer.1."
        for command in [
            "export part --to hub -o out", "export part --to onnx -o out",
            "finetune part --task sentiment --data reviews.csv",
        ] {
            try BadInputTests.check(BadInput("a part", command, 4, reason), in: workshop)
        }
    }

    /// A cut is told from the version it was made of; only a head that differs is another head.
    @Test func whatACutIs() throws {
        let workshop = try Workshop(.reviews)
        func nearest(_ source: String) throws -> (String?, String?) {
            let found = try workshop.json("whatis", source)
            return (found.string("matches.0.relation"), found.string("matches.0.reason"))
        }
        try workshop.done("slice", "reviews", "--vocab-size", "4000", "-o", "./small")
        let small = try nearest("./small")
        #expect(small.0 == "a cut of it" && small.1?.contains("the word table has other rows ([4000, 384]") == true)
        try workshop.done("slice", "reviews", "--layers", "2", "-o", "./short")
        let short = try nearest("./short")
        #expect(short.0 == "a cut of it" && short.1?.contains("the same under other names") == true)
        try workshop.done("head", "base", "--task", "sentiment", "--labels", "a,b", "--name", "fresh")
        try workshop.done("convert", "fresh", "./fresh.safetensors")
        try workshop.done("rm", "fresh")
        #expect(try nearest("./fresh.safetensors").0 == "its body with another head")
    }

    @Test func prunedHeadsCannotBeSaidToTheHub() throws {
        let workshop = try Workshop(.base)
        try workshop.done("slice", "base", "--heads", "6", "--name", "narrow")
        let refused = BadInput("heads", "export narrow --to hub -o out", 4, "cannot be said in hub's config.json")
        try BadInputTests.check(refused, in: workshop)
    }

    /// Weights keep their type on the way out, and where a format has only one it is said.
    @Test func exportsKeepTheTypeOfTheWeights() throws {
        let workshop = try Workshop(.base)
        try workshop.done("slice", "base", "--layers", "0", "--name", "short")
        try workshop.done("export", "short", "--to", "hub", "-o", "hub")
        #expect(try workshop.json("inspect", "./hub").integer("dtypes.F16.tensors") == 23)
        let exported = try workshop.done("export", "short", "--to", "onnx", "-o", "onnx")
        #expect(exported.contains("weights that are F16 are written as F32, the only type of onnx"))
    }

    @Test func keysOfTheAnswers() throws {
        let workshop = try Workshop(.reviews)
        try SnapshotTests.check(
            "slice", workshop.json("slice", "reviews", "--layers", "0,2", "--heads", "6", "--name", "cut"))
        try SnapshotTests.check(
            "slice-part", workshop.json("slice", "reviews", "--dtype", "f16", "--only", "*.bias", "-o", "./part.npz"))
        try SnapshotTests.check("slice-plan", workshop.json("slice", "reviews", "--ffn", "96", "--dry-run"))
        try SnapshotTests.check("head", workshop.json("head", "reviews", "--drop", "--name", "bare"))
        try SnapshotTests.check(
            "head-plan", workshop.json("head", "base", "--task", "sentiment", "--labels", "a,b", "--dry-run"))
        try SnapshotTests.check("merge", workshop.json("merge", "reviews", "reviews", "--name", "soup"))
    }

    @Test func dryRunsLeaveTheRegistryAsItWas() throws {
        let workshop = try Workshop(.reviews)
        let before = try workshop.listing()
        for command in [
            "slice reviews --layers 0 --dry-run", "head reviews --drop --dry-run", "merge reviews reviews --dry-run",
            "finetune base --teacher reviews --task sentiment --data reviews.csv --dry-run",
        ] {
            let outcome = try workshop.zoo(command.split(separator: " ").map(String.init))
            #expect(outcome.status == 0, "\(outcome.standardError)")
        }
        #expect(try workshop.listing() == before)
    }

    /// What is not cut, relabelled or averaged is the same; what is made twice is one version.
    @Test func nothingDoneIsNothingChanged() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("merge", "reviews", "reviews", "--name", "soup")
        try workshop.done("slice", "reviews", "--layers", "0,1,2", "--name", "same")
        try workshop.done("head", "reviews", "--labels", "positive,negative,neutral", "--name", "turned")
        try workshop.done("head", "turned", "--labels", "negative,neutral,positive", "--name", "back")
        for name in ["soup", "same", "back"] {
            #expect(try workshop.json("diff", "reviews", name).bool("same") == true, "\(name)")
        }
        #expect(try workshop.zoo("diff", "reviews", "turned", "--json").status == 1)
        #expect(
            try workshop.json("slice", "reviews", "--layers", "0,1,2", "--name", "same").bool("alreadyExisted") == true)
        #expect(
            try workshop.json("head", "turned", "--labels", "negative,neutral,positive", "--name", "back").bool(
                "alreadyExisted") == true)
    }
}
