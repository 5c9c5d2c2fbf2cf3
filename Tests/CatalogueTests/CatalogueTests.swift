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
        #expect(try Catalogue.recipe(task.recipeName(layers: 3))["lr"] == .number(2e-4))
        #expect(try Catalogue.recipe(task.recipeName(layers: 6))["lr"] == .number(5e-5))
    }

    @Test func anUnknownTaskIsAnsweredWithTheKnownOnes() {
        #expect(throws: CatalogueError.unknownTask(name: "sentimant", known: ["sentiment"])) {
            try Catalogue.task("sentimant")
        }
    }

    @Test(arguments: [
        ("two", [["0", "1"], ["neg", "pos"]]),
        ("three", [["0", "1", "2"], ["-1", "0", "1"], ["neg", "neu", "pos"]]),
        ("stars", [["1", "2", "3", "4", "5"]]),
    ])
    func theUsualSpellingsAreKnown(name: String, spellings: [[String]]) throws {
        let set = try #require(try Catalogue.task("sentiment").labelSets.first { $0.name == name })
        for spelling in spellings { #expect(set.spellings.contains(spelling)) }
        #expect(set.spellings.allSatisfy { $0.count == set.labels.count })
    }

    @Test func everyNameMapIsThere() throws {
        #expect(try Catalogue.keyMaps.map(\.file) == ["keymaps/bert.json", "keymaps/resnet.json"])
        for map in try Catalogue.keyMaps { #expect(try JSONParser.parse(map.bytes)["rules"]?.array?.isEmpty == false) }
    }

    @Test func noTwoSetsShareASpelling() throws {
        let spellings = try Catalogue.task("sentiment").labelSets.flatMap { $0.spellings + [$0.labels] }
        #expect(Set(spellings.map { Set($0) }).count == spellings.count)
    }
}
