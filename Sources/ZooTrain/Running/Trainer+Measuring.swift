extension Trainer {
    /// Seconds that a pass over the first rows takes for each token, without the teacher, and those that the teacher's
    /// pass takes; changes no weight.
    ///
    /// The pass goes forward and backward, or only forward when the encoder is frozen and its outputs are kept.
    func measureSecondsPerToken() throws(TrainError) -> (pass: Double, teacher: Double) {
        let rows = batches.batches(epoch: 0)[0]
        let tokens = rows.reduce(0) { $0 + training[$1].tokens.ids.count }
        func fastest(_ body: () throws(TrainError) -> Void) throws(TrainError) -> Double {
            var seconds = Double.infinity
            for _ in 0..<3 {
                let start = clock.now
                try body()
                seconds = min(seconds, (clock.now - start).seconds)
            }
            return seconds / Double(tokens)
        }
        if let depth = FrozenPrefix.depth(recipe.freeze) {
            let pass = try fastest { () throws(TrainError) in
                _ = try FrozenPrefix(
                    depth, of: model, rows: rows.map { training[$0].tokens }, engine: engine, cache: nil)
            }
            return (pass, try measureTeacher(rows, fastest))
        }
        let whole = try fastest { () throws(TrainError) in _ = try gradients(rows, measuring: true) }
        let teaching = try measureTeacher(rows, fastest)
        return (max(0, whole - teaching), teaching)
    }

    private func measureTeacher(
        _ rows: [Int], _ fastest: (() throws(TrainError) -> Void) throws(TrainError) -> Double
    ) throws(TrainError) -> Double {
        guard let teacher, let lesson else { return 0 }
        return try fastest { () throws(TrainError) in
            _ = try TeacherOutputs(teacher, lesson, places: rows, engine: engine, cache: nil)
        }
    }
}
