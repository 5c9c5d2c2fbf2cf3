import Testing
import ZooBase
import ZooModels
import ZooTensor

@testable import ZooTrain

@Suite struct DistillationTests {
    private static let rows = TinyBert.toyRows(60, seed: 1)

    /// A teacher that knows the toy task, of two layers like its pupil.
    private static func teacher(
        outputs: [Int] = [0, 1], layers: [Int] = [1, 2], isComparable: (Int) -> Bool = { _ in true }
    ) throws -> Teacher {
        Teacher(
            model: try TinyBert.model(head: TinyBert.twoClasses, dropout: 0.1), rows: rows.map(\.tokens),
            outputs: outputs, layers: layers, isComparable: rows.indices.map(isComparable))
    }

    private static func trainer(
        _ recipe: Recipe = TinyBert.toyRecipe, threads: Int = 1, dropout: Double = 0.1, cache: (any FrozenCache)? = nil,
        teacher: Teacher?
    ) throws -> Trainer {
        try Trainer(
            model: TinyBert.model(head: TinyBert.twoClasses, dropout: dropout), task: TinyBert.toyTask, recipe: recipe,
            training: rows, validation: TinyBert.toyRows(40, seed: 2), engine: Engine(threads: threads), cache: cache,
            teacher: teacher)
    }

    private static func firstLoss(_ trainer: Trainer) throws -> Double {
        var loss = Double.nan
        _ = try trainer.run { if case .step(let step) = $0, step.step == 1 { loss = step.loss } }
        return loss
    }

    @Test func aTeacherThatCountsForNothingChangesNoBit() throws {
        var recipe = TinyBert.toyRecipe
        (recipe.distillationWeight, recipe.hiddenWeight) = (0, 0)
        let (alone, taught) = (try Self.trainer(teacher: nil), try Self.trainer(recipe, teacher: Self.teacher()))
        _ = try alone.run()
        _ = try taught.run()
        #expect(alone.model.bits == taught.model.bits)
        #expect(alone.planDigest != taught.planDigest)
    }

    /// A pupil that is its teacher has nothing to learn, unless it is shown other classes.
    @Test func aPupilLikeItsTeacherLosesNothing() throws {
        var recipe = TinyBert.toyRecipe
        (recipe.distillationWeight, recipe.hiddenWeight) = (1, 1)
        let same = try Self.firstLoss(Self.trainer(recipe, dropout: 0, teacher: Self.teacher()))
        #expect(abs(same) < 1e-9)
        recipe.hiddenWeight = 0
        let exchanged = try Self.firstLoss(Self.trainer(recipe, dropout: 0, teacher: Self.teacher(outputs: [1, 0])))
        #expect(exchanged > 1e-6)
        (recipe.distillationWeight, recipe.hiddenWeight) = (0, 1)
        let labels = try Self.firstLoss(Self.trainer(dropout: 0, teacher: nil))
        let crossed = try Self.firstLoss(Self.trainer(recipe, dropout: 0, teacher: Self.teacher(layers: [2, 2])))
        #expect(crossed > labels + 1e-3)
    }

    /// Rows that the teacher divides into other tokens have no part in the distance of hidden states.
    @Test func onlyComparableRowsAreCompared() throws {
        var recipe = TinyBert.toyRecipe
        (recipe.distillationWeight, recipe.hiddenWeight) = (0, 1)
        let labels = try Self.firstLoss(Self.trainer(dropout: 0, teacher: nil))
        let none = try Self.trainer(
            recipe, dropout: 0, teacher: Self.teacher(layers: [2, 2], isComparable: { _ in false }))
        #expect(none.plan(measuring: false).teacher?.comparedLayers == 0)
        #expect(try Self.firstLoss(none) == labels)
        let half = try Self.trainer(
            recipe, dropout: 0, teacher: Self.teacher(layers: [2, 2], isComparable: { $0 % 2 == 0 }))
        #expect(half.plan(measuring: false).teacher?.comparedRows == 30)
        #expect(try Self.firstLoss(half) > labels + 1e-3)
    }

    @Test func followingATeacherBringsHiddenStatesNearer() throws {
        var recipe = TinyBert.toyRecipe
        (recipe.distillationWeight, recipe.hiddenWeight, recipe.epochs) = (1, 10, 6)
        var losses: [Double] = []
        _ = try Self.trainer(recipe, dropout: 0, teacher: Self.teacher(layers: [2, 2])).run {
            if case .epoch(let epoch) = $0 { losses.append(epoch.trainingLoss) }
        }
        #expect(losses[5] < losses[0] / 2, "\(losses)")
    }

    @Test(arguments: [FreezeDepth.none, .layers(1), .all]) func threadsCacheAndKeepingChangeNoBit(
        freeze: FreezeDepth
    ) throws {
        var recipe = TinyBert.toyRecipe
        recipe.freeze = freeze
        let folder = FilePaths.join("/tmp", "zoo-test-\(UInt64.random(in: .min ... .max))")
        defer { try? FilePaths.remove(folder) }
        let cache = FrozenCacheFolder(folder)
        let first = try Self.trainer(recipe, threads: 2, cache: cache, teacher: Self.teacher())
        _ = try first.run()
        let again = try Self.trainer(recipe, cache: cache, teacher: Self.teacher())
        _ = try again.run()
        let alone = try Self.trainer(recipe, teacher: Self.teacher())
        _ = try alone.run()
        #expect(first.model.bits == again.model.bits && first.model.bits == alone.model.bits)
        #expect(first.teacher == nil, "a teacher that was asked is kept no longer")
        let without = try Self.trainer(recipe, teacher: nil)
        _ = try without.run()
        #expect(without.model.bits != alone.model.bits)
    }

    /// What is too much to keep is asked for at every step: the same but for the rounding of other batches.
    @Test func aTeacherAskedAtEveryStepTeachesTheSame() throws {
        let kept = try Self.trainer(teacher: Self.teacher())
        let asked = try Self.trainer(teacher: Self.teacher())
        asked.largestTaught = 0
        #expect(asked.plan(measuring: false).teacher?.isKept == false)
        _ = try kept.run()
        _ = try asked.run()
        #expect(asked.teacher != nil)
        let pairs = zip(kept.model.parameters, asked.model.parameters)
        #expect(pairs.allSatisfy { zip($0.elements, $1.elements).allSatisfy { abs($0 - $1) < 1e-3 } })
    }

    @Test(arguments: [1, 9]) func aResumedRunEndsInTheSameBits(stop: Int) throws {
        let whole = try Self.trainer(teacher: Self.teacher())
        _ = try whole.run()
        let storage = MemoryStorage()
        var steps = 0
        _ = try Self.trainer(teacher: Self.teacher()).run(storage: storage) {
            if case .step = $0 { steps += 1 }
        } shouldStop: {
            steps >= stop
        }
        let second = try Self.trainer(threads: 2, teacher: Self.teacher())
        _ = try second.run(storage: storage)
        #expect(second.model.bits == whole.model.bits)
        let other = try Self.trainer(teacher: Self.teacher(layers: [2, 2]))
        #expect(throws: TrainError.self) { try other.run(storage: storage) }
    }

    @Test func thePlanKnowsTheTeacher() throws {
        let trainer = try Self.trainer(teacher: Self.teacher())
        let (plan, alone) = (trainer.plan(measuring: true), try Self.trainer(teacher: nil).plan(measuring: true))
        let teacher = try #require(plan.teacher)
        #expect(teacher.parameterCount == plan.parameterCount && teacher.isKept && teacher.comparedLayers == 2)
        #expect(teacher.byteCount == 4 * (60 * 2 + 2 * 32 * plan.tokensPerEpoch))
        #expect(plan.memoryBytes >= alone.memoryBytes + teacher.byteCount && plan.seconds != nil)
        #expect(alone.teacher == nil)
        // Measuring asked about one batch only.
        #expect(trainer.teacher != nil)
    }

    @Test func numbersHaveNoSoftLabels() throws {
        let rows = Self.rows.map { LabelledRow($0.tokens, target: .value(1)) }
        let head = HeadSpecification(labelCount: 1, source: .fresh(seed: 1))
        let model = try TinyBert.model(head: head)
        let teacher = Teacher(
            model: try TinyBert.model(head: head), rows: rows.map(\.tokens), outputs: [0], layers: [],
            isComparable: rows.map { _ in false })
        #expect(throws: TrainError.noSoftLabels(kind: "regression")) {
            try Trainer(
                model: model, task: Regression(labels: ["score"]), recipe: Recipe(), training: rows, validation: rows,
                engine: Engine(threads: 1), teacher: teacher)
        }
    }
}
