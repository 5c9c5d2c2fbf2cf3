import Foundation
import Testing

/// What evaluate, compare and predict say of rows, and of rows they cannot use.
@Suite struct JudgementTests {
    @Test func whatAParentLearntIsKnown() throws {
        let workshop = try Workshop(.reviews)
        let header = try #require(try Sample.rows(0).split(separator: "\n").first)
        let rows = try Sample.rows(80).split(separator: "\n").dropFirst(41)
        try workshop.write("more.csv", ([header] + rows).joined(separator: "\n") + "\n")
        let before = try workshop.json("evaluate", "reviews@1", "--data", "reviews.csv").integer("trainingOverlap")
        #expect(before == 36)
        try workshop.done("finetune", "reviews@1", "--data", "more.csv", "--freeze", "all", "--epochs", "1", "-q")
        let after = try workshop.json("evaluate", "reviews@2", "--data", "reviews.csv")
        #expect(after.integer("trainingOverlap") == before)
        let said = try workshop.done("evaluate", "reviews@2", "--data", "reviews.csv")
        #expect(said.contains("36 of these texts were in its training data, or in that of a version it comes from"))
        let predicted = try workshop.zoo("predict", "reviews@2", "--data", "reviews.csv")
        #expect(predicted.standardError.contains("36 of 40 texts were in its training data"))
    }

    @Test func rowsAreJudgedOnce() throws {
        let workshop = try Workshop(.reviews)
        func evaluations() throws -> Int {
            try workshop.listing().count { $0.contains("evaluation") }
        }
        let first = try workshop.json("evaluate", "reviews", "--data", "reviews.csv")
        #expect(first.bool("wasRecorded") == false)
        let kept = try evaluations()
        #expect(kept > 0)
        let second = try workshop.json("evaluate", "reviews", "--data", "reviews.csv")
        #expect(second.bool("wasRecorded") == true)
        for name in ["accuracy", "logLoss"] {
            #expect(second.number("metrics.\(name).value") == first.number("metrics.\(name).value"))
        }
        #expect(try workshop.done("evaluate", "reviews", "--data", "reviews.csv").contains("from the predictions kept"))
        let forced = try workshop.json("evaluate", "reviews", "--data", "reviews.csv", "--force")
        #expect(forced.bool("wasRecorded") == false)
        #expect(try evaluations() == kept)
        // Other rows are other data.
        try workshop.write("more.csv", Sample.rows(41))
        #expect(try workshop.json("evaluate", "reviews", "--data", "more.csv").bool("wasRecorded") == false)
        #expect(try evaluations() == kept + 1)
    }

    @Test func labelsMeanWhatIsAsked() throws {
        let workshop = try Workshop(.reviews)
        let lines = (0..<12).map { "text number \($0),\($0 % 2 == 0 ? "down" : "up")\n" }.joined()
        try workshop.write("test.csv", "text,label\n" + lines)
        let unknown = BadInput(
            "unknown labels", "evaluate reviews --data test.csv", 4, "say what it means with --labels 'negative=down,…'"
        )
        try BadInputTests.check(unknown, in: workshop)
        let asked = try workshop.json(
            "evaluate", "reviews", "--data", "test.csv", "--labels", "negative=down,positive=up")
        #expect(asked.integer("rows") == 12)
        #expect(asked.integer("perLabel.0.support") == 6)
        #expect(asked.integer("perLabel.2.support") == 6)
        let turned = try workshop.json(
            "evaluate", "reviews", "--data", "test.csv", "--labels", "neutral=down,negative=up")
        #expect(turned.integer("perLabel.0.support") == 6)
        #expect(turned.integer("perLabel.1.support") == 6)
        for verb in ["evaluate reviews", "compare reviews reviews"] {
            let wrong = BadInput(
                "the wrong way round", "\(verb) --data test.csv --labels down=negative,up=positive", 2,
                "the labels are negative, neutral, positive")
            try BadInputTests.check(wrong, in: workshop)
        }
    }

    @Test func aPartOfTheLabelsIsRecognised() throws {
        let workshop = try Workshop(.reviews)
        let lines = (0..<12).map { "text number \($0),\($0 % 3 == 0 ? "neg" : "pos")\n" }.joined()
        try workshop.write("test.csv", "text,label\n" + lines)
        let result = try workshop.json("evaluate", "reviews", "--data", "test.csv")
        #expect(result.integer("perLabel.0.support") == 4)
        #expect(result.integer("perLabel.2.support") == 8)
        // Numbers of two classes may count others than those of three.
        try workshop.write("test.csv", "text,label\n" + lines.replacing("neg", with: "0").replacing("pos", with: "1"))
        try BadInputTests.check(
            BadInput("numbers", "evaluate reviews --data test.csv", 4, "--labels 'negative=0,…'"), in: workshop)
    }

    @Test func predictionsLieBesideTheirRows() throws {
        let workshop = try Workshop(.reviews)
        try workshop.write("in.csv", "id,text,label\n1,a film,positive\n2,a book\n3,an inn,negative\n")
        let outcome = try workshop.zoo("predict", "reviews", "--data", "in.csv", "-o", "labelled.csv")
        #expect(outcome.status == 0)
        #expect(outcome.standardError.contains("1 row without a prediction; dropped: 1 malformed (line 3"))
        func written() throws -> [Substring] {
            try String(contentsOf: workshop.folder.appendingPathComponent("labelled.csv"), encoding: .utf8)
                .split(whereSeparator: \.isNewline)
        }
        #expect(try written().first?.hasSuffix(",line") == true)
        #expect(try written().dropFirst().map { $0.split(separator: ",").last } == ["2", "4"])

        let command = ["predict", "reviews", "--data", "in.csv", "-o"]
        let before = try Data(contentsOf: workshop.folder.appendingPathComponent("in.csv"))
        for arguments in [["in.csv"], ["./in.csv", "--force"]] {
            try BadInputTests.check(
                BadInput("its own input", command + arguments, 2, "is read and would be written over"), in: workshop)
        }
        #expect(try Data(contentsOf: workshop.folder.appendingPathComponent("in.csv")) == before)
        try BadInputTests.check(BadInput("taken", command + ["labelled.csv"], 2, "--force"), in: workshop)
        #expect(try workshop.zoo(command + ["labelled.csv", "--force"]).status == 0)
        try BadInputTests.check(
            BadInput("no folder", command + ["nothing/out.csv"], 3, "cannot create nothing/out.csv:"), in: workshop)
    }

    @Test func standardInputHasAnEncoding() throws {
        let workshop = try Workshop(.reviews)
        let bytes = Data("caf".utf8) + [0xE9, 0x0A]
        let outcome = try ZooProcess.run(
            ["predict", "reviews", "-", "--encoding", "latin1"], home: workshop.home, folder: workshop.folder,
            input: bytes)
        #expect(outcome.status == 0)
        #expect(outcome.standardOutput.hasSuffix("\tcafé\n"))
        let plain = try ZooProcess.run(
            ["predict", "reviews", "-"], home: workshop.home, folder: workshop.folder, input: bytes)
        #expect(plain.status == 4)
        #expect(plain.standardError.contains("--encoding latin1"))
    }

    @Test func whatDiffersIsNamed() throws {
        let workshop = try Workshop(.reviews)
        try workshop.write("more.csv", Sample.rows(60))
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "more.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "2", "-q")
        let text = try workshop.done("compare", "reviews@1", "reviews@2")
        #expect(text.contains("  recipe.epochs  "))
        #expect(text.contains("reviews.csv, ") && text.contains("more.csv, ") && text.contains(", 60 rows"))
        #expect(!text.contains("parameters."))
    }
}
