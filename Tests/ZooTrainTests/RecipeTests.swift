import Testing
import ZooBase
import ZooTrain

@Suite struct RecipeTests {
    @Test func laterLayersWin() throws {
        let recipe = try Recipe(layers: [
            ("task", ["epochs": 5, "lr": 1e-4, "maxLength": 64]), ("file", ["batch-size": 16, "lr": 2e-4]),
            ("options", ["epochs": 1, "freeze": "2", "class-weights": "1,2.5"]),
        ])
        #expect(recipe.epochs == 1)
        #expect(recipe.batchSize == 16)
        #expect(recipe.lr == 2e-4)
        #expect(recipe.maxLength == 64)
        #expect(recipe.freeze == .layers(2))
        #expect(recipe.classWeights == .list([1, 2.5]))
        #expect(recipe.weightDecay == 0.01)
    }

    @Test func whatItWritesItReads() throws {
        var recipe = Recipe()
        recipe.freeze = .all
        recipe.headLr = 1e-3
        recipe.dropout = 0.2
        recipe.classWeights = .list([1, 2])
        recipe.earlyStopping = 2
        recipe.clip = nil
        recipe.saveDtype = .bf16
        recipe.schedule = .cosine
        recipe.metric = "macroF1"
        (recipe.temperature, recipe.distillationWeight, recipe.hiddenWeight) = (3.5, 1, 0)
        #expect(try Recipe(layers: [("r", recipe.json)]) == recipe)
        #expect(try Recipe(layers: [("r", Recipe().json)]) == Recipe())
    }

    @Test func everyKeyIsAnOption() {
        #expect(
            Recipe.keys == [
                "epochs", "batchSize", "accumulate", "lr", "weightDecay", "warmup", "schedule", "dropout", "maxLength",
                "seed", "freeze", "headLr", "classWeights", "labelSmoothing", "earlyStopping", "metric", "clip",
                "precision", "saveDtype", "temperature", "distillationWeight", "hiddenWeight",
            ])
        #expect(Recipe().effective(hasTeacher: true) == Recipe().json)
        #expect(Recipe().effective(hasTeacher: false).members?.map(\.name) == Recipe.keys.dropLast(3))
    }

    @Test(arguments: [
        ("epochs", JSON.integer(0)), ("accumulate", .integer(0)), ("epochs", "three"), ("epochs", .null),
        ("batchSize", .number(1.5)),
        ("lr", .integer(0)), ("lr", .number(-1)), ("lr", "high"), ("weightDecay", .number(-0.1)),
        ("warmup", .number(-1)), ("schedule", "step"), ("dropout", .integer(1)), ("maxLength", .integer(0)),
        ("seed", .integer(-1)), ("freeze", "most"), ("freeze", .integer(-1)), ("headLr", .integer(0)),
        ("classWeights", "even"), ("classWeights", .array([.integer(1), .integer(-1)])),
        ("classWeights", .array([JSON]())), ("labelSmoothing", .integer(1)),
        ("earlyStopping", .integer(0)), ("metric", .integer(1)), ("clip", .integer(0)), ("precision", "f64"),
        ("saveDtype", "i8"), ("temperature", .integer(0)), ("distillationWeight", .number(1.1)),
        ("hiddenWeight", .integer(-1)),
    ])
    func aBadValueNamesItsKey(key: String, value: JSON) {
        let error = #expect(throws: TrainError.self) {
            try Recipe(layers: [("my.yaml", .object([JSONMember(key, value)]))])
        }
        #expect(error?.message.hasPrefix("my.yaml: \(key) must be ") == true, "\(error?.message ?? "")")
        #expect(error?.kind == .badInput)
    }

    @Test func anUnknownKeyIsAnsweredWithTheKnownOnes() {
        let error = #expect(throws: TrainError.self) { try Recipe(layers: [("my.yaml", ["learningRate": 1])]) }
        #expect(error?.message.contains("\"learningRate\"") == true && error?.message.contains("lr") == true)
        #expect(throws: TrainError.notARecipe(source: "x")) { try Recipe(layers: [("x", .array([.integer(1)]))]) }
    }

    @Test func freezingGoesByDepth() {
        // Embeddings, two layers, pooler, head.
        let frozen = { (depth: FreezeDepth) in (0...4).filter { depth.freezes(depth: $0, headDepth: 4) } }
        #expect(frozen(.none) == [])
        #expect(frozen(.embeddings) == [0])
        #expect(frozen(.layers(0)) == [0])
        #expect(frozen(.layers(1)) == [0, 1])
        #expect(frozen(.all) == [0, 1, 2, 3])
    }

    @Test func balancedWeightsAreInverseToFrequency() throws {
        #expect(try ClassWeighting.balanced.weights(counts: [6, 2]) == [8 / 12, 2])
        #expect(try ClassWeighting.none.weights(counts: [6, 2]) == nil)
        #expect(throws: TrainError.classWeightCount(expected: 2, found: 3)) {
            try ClassWeighting.list([1, 2, 3]).weights(counts: [6, 2])
        }
    }
}
