import Testing
import ZooTrain

@Suite struct ScheduleTests {
    // The learning rates of transformers' schedules with 3 steps of warm-up and 10 in all, at a rate of 1.
    static let references: [(Schedule.Shape, [Double])] = [
        (
            .linear,
            [
                0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 0.8571428571428571, 0.7142857142857143,
                0.5714285714285714, 0.42857142857142855, 0.2857142857142857, 0.14285714285714285,
            ]
        ),
        (
            .cosine,
            [
                0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 0.9504844339512095, 0.8117449009293668,
                0.6112604669781572, 0.38873953302184283, 0.18825509907063326, 0.04951556604879048,
            ]
        ),
        (.constant, [0.0, 0.3333333333333333, 0.6666666666666666, 1, 1, 1, 1, 1, 1, 1]),
    ]

    @Test(arguments: references)
    func itIsThatOfTransformers(shape: Schedule.Shape, rates: [Double]) {
        let schedule = Schedule(shape, warmup: 3, stepCount: 10)
        for (step, rate) in rates.enumerated() { #expect(abs(schedule.factor(step) - rate) < 1e-15) }
    }

    @Test func aShareOfTheStepsIsRoundedUp() {
        #expect(Schedule(.linear, warmup: 0.1, stepCount: 20).warmupSteps == 2)
        #expect(Schedule(.linear, warmup: 0.1, stepCount: 21).warmupSteps == 3)
        #expect(Schedule(.linear, warmup: 0, stepCount: 21).warmupSteps == 0)
        #expect(Schedule(.linear, warmup: 100, stepCount: 21).warmupSteps == 21)
        #expect(Schedule(.linear, warmup: 0, stepCount: 4).factor(0) == 1)
    }

    @Test func clippingIsThatOfPyTorch() {
        #expect(GradientClipping.coefficient(norm: 4, bound: 1) == 1 / (4 + 1e-6))
        #expect(GradientClipping.coefficient(norm: 0.5, bound: 1) == 1)
        #expect(GradientClipping.coefficient(norm: 4, bound: nil) == 1)
    }
}
