import Testing
import ZooBase
import ZooModels
import ZooTensor
@testable import ZooTrain

@Suite struct TrainerTests {
    @Test func itLearnsASeparableTask() throws {
        var recipe = TinyBert.toyRecipe
        recipe.epochs = 6
        let trainer = try TinyBert.toyTrainer(recipe, rows: 120)
        var losses: [Double] = []
        let result = try #require(
            try trainer.run { if case .epoch(let epoch) = $0 { losses.append(epoch.trainingLoss) } }.result)
        #expect(losses.count == 6 && losses[5] < losses[0] / 2, "\(losses)")
        let accuracy = try #require(result.metrics.first { $0.name == "accuracy" })
        #expect(accuracy.value >= 0.9, "\(result)")
        #expect(accuracy.value == result.epochs[result.bestEpoch - 1].value)
        #expect(result.stepsRun == 90 && result.stepCount == 90)
        #expect(try #require(result.samplesPerSecond) > 0)
        // The logits returned are those of the weights the model has now.
        let again = try Evaluator(trainer.model, engine: Engine(threads: 1))
            .logits(TinyBert.toyRows(40, seed: 2).map(\.tokens))
        #expect(again == result.validationLogits)
    }

    @Test func threadsChangeNoBit() throws {
        let one = try TinyBert.toyTrainer(threads: 1)
        let two = try TinyBert.toyTrainer(threads: 2)
        #expect(try one.run().result?.stepsRun == 16)
        #expect(try two.run().result?.stepsRun == 16)
        #expect(one.model.bits == two.model.bits)
    }

    @Test func seedsAndDropoutMatter() throws {
        let usual = try TinyBert.toyTrainer()
        _ = try usual.run()
        var recipe = TinyBert.toyRecipe
        recipe.seed = 43
        for other in [try TinyBert.toyTrainer(recipe), try TinyBert.toyTrainer(dropout: 0)] {
            _ = try other.run()
            #expect(other.model.bits != usual.model.bits)
        }
    }

    @Test(arguments: [0, 1, 5, 8, 13]) func aResumedRunEndsInTheSameBits(stop: Int) throws {
        let whole = try TinyBert.toyTrainer()
        let expected = try #require(try whole.run().result)
        let storage = MemoryStorage()
        let first = try TinyBert.toyTrainer()
        var steps = 0
        let outcome = try first.run(storage: storage) {
            if case .step = $0 { steps += 1 }
        } shouldStop: {
            steps >= stop
        }
        #expect(outcome == .interrupted(step: stop))
        let second = try TinyBert.toyTrainer(threads: 2)
        var events: [TrainingEvent] = []
        let result = try #require(try second.run(storage: storage) { events.append($0) }.result)
        #expect(events.first == .started(step: stop, stepCount: 16))
        #expect(result.stepsRun == 16 - stop)
        #expect(result.epochs == expected.epochs)
        #expect(result.metrics == expected.metrics)
        #expect(second.model.bits == whole.model.bits)
    }

    @Test func aRunGoesOnFromItsLastCheckpointAfterAKill() throws {
        let whole = try TinyBert.toyTrainer()
        _ = try whole.run()
        // Saves at every step; what was saved after step 11 is what a kill right then leaves.
        let storage = MemoryStorage()
        var left: [UInt8] = []
        _ = try TinyBert.toyTrainer().run(storage: storage, saveSeconds: 0) {
            if $0 == .saved(step: 11) { left = storage.saved ?? [] }
        }
        #expect(storage.saveCount == 17)
        let resumed = try TinyBert.toyTrainer()
        let result = try resumed.run(storage: MemoryStorage(left)).result
        #expect(result?.stepsRun == 5)
        #expect(resumed.model.bits == whole.model.bits)
    }

    @Test func aStateOfAnotherRunIsRefused() throws {
        let storage = MemoryStorage()
        _ = try TinyBert.toyTrainer().run(storage: storage, shouldStop: { true })
        var recipe = TinyBert.toyRecipe
        recipe.lr = 1e-3
        for other in [try TinyBert.toyTrainer(recipe), try TinyBert.toyTrainer(rows: 59)] {
            let error = #expect(throws: TrainError.self) { try other.run(storage: storage) }
            guard case .foreignState? = error else { Issue.record("\(String(describing: error))"); continue }
        }
        let saved = try #require(storage.saved)
        for place in [0, 20, saved.count / 2, saved.count - 1] {
            var damaged = saved
            damaged[place] ^= 1
            #expect(throws: TrainError.self) { try TinyBert.toyTrainer().run(storage: MemoryStorage(damaged)) }
        }
        // A check of the registry sees what the trainer would, without knowing the model.
        #expect(TrainingState.damage(of: ByteStorage(copying: saved)) == nil)
        for place in saved.indices where place % 97 < 24 {
            var damaged = saved
            damaged[place] ^= 1
            #expect(TrainingState.damage(of: ByteStorage(copying: damaged)) != nil, "byte \(place)")
        }
        #expect(TrainingState.damage(of: ByteStorage(copying: [1, 2, 3])) != nil)
        #expect(throws: TrainError.self) { try TinyBert.toyTrainer().run(storage: MemoryStorage([1, 2, 3])) }
        #expect(throws: TrainError.self) {
            try TinyBert.toyTrainer().run(storage: MemoryStorage(Array(saved.dropLast(5))))
        }
    }

    @Test func frozenParametersKeepTheirBytes() throws {
        for (freeze, trained) in [(FreezeDepth.all, [4]), (.layers(1), [2, 3, 4]), (.embeddings, [1, 2, 3, 4])] {
            var recipe = TinyBert.toyRecipe
            recipe.epochs = 1
            recipe.freeze = freeze
            let trainer = try TinyBert.toyTrainer(recipe)
            let before = trainer.model.bits
            _ = try trainer.run()
            for (parameter, bits) in zip(trainer.model.parameters, before) {
                let isTrained = trained.contains(parameter.role.depth)
                // The keys' bias of the last layer has a gradient of zero.
                let changes = isTrained && !parameter.name.hasSuffix("layer.1.attention.self.key.bias")
                #expect((parameter.elements.map(\.bitPattern) != bits) == changes, "\(freeze) \(parameter.name)")
                #expect(parameter.isChanged == isTrained, "\(freeze) \(parameter.name)")
            }
        }
    }

    @Test func aFrozenEncoderLearnsAndResumesLikeTheRest() throws {
        var recipe = TinyBert.toyRecipe
        recipe.freeze = .all
        recipe.epochs = 4
        recipe.lr = 2e-2
        let whole = try TinyBert.toyTrainer(recipe, rows: 120)
        var losses: [Double] = []
        _ = try whole.run { if case .epoch(let epoch) = $0 { losses.append(epoch.trainingLoss) } }
        #expect(losses.count == 4 && losses[3] < losses[0], "\(losses)")
        let storage = MemoryStorage()
        var steps = 0
        _ = try TinyBert.toyTrainer(recipe, rows: 120).run(storage: storage) {
            if case .step = $0 { steps += 1 }
        } shouldStop: {
            steps >= 21
        }
        let resumed = try TinyBert.toyTrainer(recipe, threads: 2, rows: 120)
        #expect(try resumed.run(storage: storage).result?.stepsRun == 39)
        #expect(resumed.model.bits == whole.model.bits)
        #expect(try #require(resumed.plan(measuring: true).seconds) > 0)
    }

    @Test(arguments: [FreezeDepth.layers(1), .layers(2), .all]) func aFrozenPartIsComputedOnce(
        freeze: FreezeDepth
    ) throws {
        var recipe = TinyBert.toyRecipe
        recipe.freeze = freeze
        let folder = FilePaths.join("/tmp", "zoo-frozen-\(UInt64.random(in: .min ... .max))")
        defer { try? FilePaths.remove(folder) }
        let whole = try TinyBert.toyTrainer(recipe)
        let expected = try #require(try whole.run().result)
        let cache = FrozenCacheFolder(folder)
        func cached(threads: Int, _ storage: MemoryStorage? = nil, stop: Int = .max) throws -> Trainer {
            let trainer = try TinyBert.toyTrainer(recipe, threads: threads, cache: cache)
            var steps = 0
            _ = try trainer.run(storage: storage) {
                if case .step = $0 { steps += 1 }
            } shouldStop: {
                steps >= stop
            }
            return trainer
        }
        #expect(try cached(threads: 1).model.bits == whole.model.bits)
        let files = try FilePaths.list(folder)
        #expect(files.count == 1)
        // The second time it is read; a run may stop and go on between.
        let storage = MemoryStorage()
        _ = try cached(threads: 2, storage, stop: 11)
        #expect(try cached(threads: 1, storage).model.bits == whole.model.bits)
        #expect(try FilePaths.list(folder) == files)
        // Damage is noticed and made good.
        let path = FilePaths.join(folder, files[0])
        var bytes = try FilePaths.read(path)
        bytes[100] ^= 1
        try AtomicFile.write(bytes, to: path)
        let again = try cached(threads: 2)
        #expect(again.model.bits == whole.model.bits)
        #expect(try FilePaths.read(path) != bytes)
        #expect(expected.stepsRun == 16)
    }

    @Test func partsOfAStepTrainLikeTheWhole() throws {
        let whole = try TinyBert.toyTrainer()
        _ = try whole.run()
        var recipe = TinyBert.toyRecipe
        recipe.batchSize = 2
        recipe.accumulate = 4
        let parts = try TinyBert.toyTrainer(recipe)
        let result = try #require(try parts.run().result)
        #expect(result.stepsRun == 16)
        for (a, b) in zip(parts.model.parameters, whole.model.parameters) where !a.name.hasSuffix("key.bias") {
            let difference = zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 1e-4, "\(a.name): \(difference)")
        }
        #expect(parts.planDigest != whole.planDigest)
    }

    @Test func halfPrecisionTrainsAlmostAlike() throws {
        func losses(_ precision: Precision, threads: Int) throws -> ([Double], [[UInt32]]) {
            var recipe = TinyBert.toyRecipe
            recipe.precision = precision
            recipe.epochs = 6
            let trainer = try TinyBert.toyTrainer(recipe, threads: threads, rows: 120)
            var losses: [Double] = []
            _ = try trainer.run { if case .epoch(let epoch) = $0 { losses.append(epoch.trainingLoss) } }
            return (losses, trainer.model.bits)
        }
        let (single, bits) = try losses(.f32, threads: 1)
        let (half, halfBits) = try losses(.bf16, threads: 1)
        #expect(bits != halfBits)
        #expect(try losses(.bf16, threads: 2).1 == halfBits)
        for (a, b) in zip(half, single) { #expect(abs(a - b) < 0.05, "\(half) \(single)") }
    }

    @Test func theHeadMayHaveARateOfItsOwn() throws {
        var recipe = TinyBert.toyRecipe
        recipe.epochs = 1
        recipe.lr = 1e-30
        recipe.headLr = 1e-3
        let trainer = try TinyBert.toyTrainer(recipe)
        let before = trainer.model.bits
        _ = try trainer.run()
        for (parameter, bits) in zip(trainer.model.parameters, before) where parameter.shape.rank == 2 {
            let isHead = parameter.role.depth == trainer.model.headDepth
            #expect((parameter.elements.map(\.bitPattern) != bits) == isHead, "\(parameter.name)")
        }
    }

    @Test func itStopsWhenNothingImprovesAndKeepsTheEarliestBest() throws {
        var recipe = TinyBert.toyRecipe
        recipe.schedule = .constant
        recipe.warmup = 0
        recipe.lr = 1e-7
        recipe.epochs = 1
        let short = try TinyBert.toyTrainer(recipe)
        _ = try short.run()
        recipe.epochs = 5
        recipe.earlyStopping = 2
        let long = try TinyBert.toyTrainer(recipe)
        var events: [TrainingEvent] = []
        let result = try #require(try long.run { events.append($0) }.result)
        #expect(result.epochs.map(\.isBest) == [true, false, false])
        #expect(result.bestEpoch == 1)
        #expect(events.last == .stoppedEarly(epoch: 3))
        #expect(long.model.bits == short.model.bits)
    }

    @Test func aLossThatIsNotFiniteStopsTheRun() throws {
        let damaged = try TinyBert.toyTrainer()
        let victim = damaged.model.parameters[5]
        victim.assign(victim.elements.map { _ in .nan })
        let error = #expect(throws: TrainError.self) { try damaged.run() }
        #expect(error?.message.contains("step 1:") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(victim.name) == true, "\(error?.message ?? "")")
        #expect(error?.kind == .badInput)

        let rows = TinyBert.toyRows(16, seed: 1).map { LabelledRow($0.tokens, target: .value(1e30)) }
        let wild = try Trainer(
            model: TinyBert.model(head: HeadSpecification(labelCount: 1, source: .fresh(seed: 1))),
            task: Regression(labels: ["score"]), recipe: TinyBert.toyRecipe, training: rows, validation: rows,
            engine: Engine(threads: 1))
        #expect(throws: TrainError.self) { try wild.run() }
    }

    @Test func aNumberCanBeLearned() throws {
        let rows = { (count: Int, seed: UInt64) in
            TinyBert.toyRows(count, seed: seed).map {
                LabelledRow($0.tokens, target: .value(Double($0.target.label ?? 0) - 0.5))
            }
        }
        var recipe = TinyBert.toyRecipe
        recipe.epochs = 6
        let trainer = try Trainer(
            model: TinyBert.model(head: HeadSpecification(labelCount: 1, source: .fresh(seed: 1))),
            task: Regression(labels: ["score"]), recipe: recipe, training: rows(120, 1), validation: rows(40, 2),
            engine: Engine(threads: 1))
        let result = try #require(try trainer.run().result)
        #expect(result.metrics.map(\.name) == ["mse", "pearson", "spearman"])
        #expect(result.metrics[1].value > 0.7, "\(result.metrics)")
    }

    @Test func whatDoesNotFitIsRefusedBeforeTheFirstStep() throws {
        var recipe = TinyBert.toyRecipe
        recipe.metric = "bleu"
        #expect(throws: TrainError.self) { try TinyBert.toyTrainer(recipe) }
        recipe.metric = "mcc"
        recipe.classWeights = .list([1, 2, 3])
        #expect(throws: TrainError.classWeightCount(expected: 2, found: 3)) { try TinyBert.toyTrainer(recipe) }
        recipe.classWeights = .balanced
        recipe.freeze = .layers(3)
        #expect(throws: TrainError.tooManyFrozenLayers(asked: 3, layers: 2)) { try TinyBert.toyTrainer(recipe) }
        #expect(throws: TrainError.noRows(purpose: "to train on")) { try TinyBert.toyTrainer(rows: 0) }
        let foreign = LabelledRow(TokenizedRow(ids: [120], typeIDs: [0]), target: .label(0))
        #expect(throws: TrainError.self) {
            try Trainer(
                model: TinyBert.model(head: TinyBert.twoClasses), task: TinyBert.toyTask,
                recipe: TinyBert.toyRecipe, training: [foreign], validation: [foreign], engine: Engine(threads: 1))
        }
    }

    @Test func thePlanChangesNothing() throws {
        let planned = try TinyBert.toyTrainer()
        let plan = planned.plan(measuring: true)
        #expect(plan.stepsPerEpoch == 8 && plan.stepCount == 16 && plan.warmupSteps == 2)
        #expect(plan.parameterCount == plan.trainedParameterCount)
        #expect(plan.tokensPerEpoch == TinyBert.toyRows(60, seed: 1).reduce(0) { $0 + $1.tokens.ids.count })
        #expect(try #require(plan.seconds) > 0)
        #expect(plan.memoryBytes > 50_000_000 + 20 * plan.parameterCount)
        #expect(planned.plan(measuring: false, heldBytes: 1_000).memoryBytes == plan.memoryBytes + 1_000)
        let other = try TinyBert.toyTrainer()
        _ = try planned.run()
        _ = try other.run()
        #expect(planned.model.bits == other.model.bits)
    }

    @Test func evaluationKeepsTheOrderOfTheRows() throws {
        let model = try TinyBert.model()
        let evaluator = Evaluator(model, engine: Engine(threads: 2))
        let rows = TinyBert.toyRows(50, seed: 3).map(\.tokens)
        var seen: [Int] = []
        let together = try evaluator.logits(rows) { seen.append($0) }
        #expect(seen.last == 50)
        for (row, logits) in zip(rows, together) { #expect(try evaluator.logits([row]) == [logits]) }
    }

    @Test func theStateOfARunIsAFile() throws {
        let folder = FilePaths.join("/tmp", "zoo-train-\(UInt64.random(in: .min ... .max))")
        try FilePaths.makeFolder(folder)
        defer { try? FilePaths.remove(folder) }
        let file = RunFile(FilePaths.join(folder, "state"))
        #expect(try file.load() == nil)
        var steps = 0
        _ = try TinyBert.toyTrainer().run(storage: file) {
            if case .step = $0 { steps += 1 }
        } shouldStop: {
            steps >= 3
        }
        #expect(try FilePaths.list(folder) == ["state"])
        let resumed = try TinyBert.toyTrainer()
        #expect(try resumed.run(storage: file).result?.stepsRun == 13)
    }
}
