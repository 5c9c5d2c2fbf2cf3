import Catalogue
import Testing
import ZooBase

@Suite struct CatalogueTests {
    @Test func everyTaskHasItsRecipesAndSamples() throws {
        let tasks = try Catalogue.tasks
        #expect(tasks.map(\.name) == ["sentiment"])
        for task in tasks {
            for choice in task.recipes {
                #expect(try Catalogue.recipe(choice.name).members?.isEmpty == false)
            }
            #expect(task.recipes.last?.layersAtMost == nil, "no recipe for a large base")
            let samples = try #require(task.samples)
            for path in [samples.train, samples.test] {
                let text = String(decoding: try Catalogue.bytes(path), as: UTF8.self)
                #expect(text.hasPrefix("text,label\n"))
            }
            #expect(Set(task.labelSets.map(\.name)).count == task.labelSets.count)
        }
    }

    @Test func aSmallBaseHasItsOwnRecipe() throws {
        let task = try Catalogue.task("sentiment")
        #expect(try Catalogue.recipe(task.recipeName(layers: 3))["lr"] == .number(1e-4))
        #expect(try Catalogue.recipe(task.recipeName(layers: 6))["lr"] == .number(5e-5))
    }

    @Test func anUnknownTaskIsAnsweredWithTheKnownOnes() {
        #expect(throws: CatalogueError.unknownTask(name: "sentimant", known: ["sentiment"])) {
            try Catalogue.task("sentimant")
        }
    }

    @Test(arguments: [
        (["negative", "positive"], "two", [0, 1]),
        (["1", "0", "1"], "two", [1, 0, 1]),
        (["Pos", " NEG "], "two", [1, 0]),
        (["0", "1", "2"], "three", [0, 1, 2]),
        (["-1", "0", "1"], "three", [0, 1, 2]),
        (["-1", "1"], "two", [0, 1]),
        (["neg", "neu", "pos"], "three", [0, 1, 2]),
        (["positive", "neutral"], "three", [2, 1]),
        (["5", "4", "3", "2", "1"], "stars", [4, 3, 2, 1, 0]),
    ])
    func labelsAreReadAsAWholeSet(values: [String], name: String, indices: [Int]) throws {
        let reading = try Catalogue.task("sentiment").reading(of: values)
        #expect(reading.labelSet.name == name)
        #expect(values.map { reading.index(of: $0) } == indices)
    }

    @Test func whatTheDataLacksIsReported() throws {
        let reading = try Catalogue.task("sentiment").reading(of: ["positive", "neutral"])
        #expect(reading.absent == ["negative"])
        #expect(reading.index(of: "great") == nil)
    }

    @Test(arguments: [["1", "2"], ["0", "2"], ["1"], ["negative"], ["1", "2", "3", "4"]])
    func aSetWithTwoReadingsIsRefused(values: [String]) throws {
        let task = try Catalogue.task("sentiment")
        let error = #expect(throws: CatalogueError.self) { try task.reading(of: values) }
        guard case .ambiguousLabels? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.message.contains("--label-set") == true)
    }

    @Test func theUserMayChooseTheReading() throws {
        let reading = try Catalogue.task("sentiment").reading(of: ["1", "2", "4"], as: "stars")
        #expect(reading.index(of: "4") == 3)
        #expect(reading.absent == ["neutral", "very-positive"])
        #expect(throws: CatalogueError.self) { try Catalogue.task("sentiment").reading(of: ["1"], as: "moons") }
    }

    @Test func labelsOfNoSetAreListed() throws {
        let error = #expect(throws: CatalogueError.self) {
            try Catalogue.task("sentiment").reading(of: ["good", "bad"])
        }
        #expect(error?.message.contains("{\"bad\", \"good\"}") == true)
    }
}
