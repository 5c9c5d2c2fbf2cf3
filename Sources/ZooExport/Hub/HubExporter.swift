public import ZooBase
internal import ZooCheckpoint

/// A folder that transformers opens: config.json, model.safetensors in one dtype, the tokenizer's files.
public enum HubExporter: Exporter {
    /// What `--to` calls it: `hub`.
    public static let name = "hub"
    /// The floating-point dtypes.
    public static let dtypes: [DType] = [.f32, .bf16, .f16, .f64]
    static let configurationFile = "config.json"

    /// Writes the folder; see `Exporter`.
    ///
    /// - Throws: `ExportError`.
    public static func write(
        _ model: ExportableModel, to folder: String, options: ExportOptions
    ) throws(ExportError) -> ExportReport {
        guard dtypes.contains(options.dtype) else { throw .dtype(options.dtype, format: name, expected: dtypes) }
        try model.check(reserved: [configurationFile, Checkpoint.singleFile, Checkpoint.indexFile])
        let names = try HubNames.find(model.configuration)
        if let pruned = model.configuration["pruned_heads"]?.members, !pruned.isEmpty {
            throw .notExpressible("a number of heads that differs from hidden_size ÷ head size", format: name)
        }
        let (state, dropped) = try names.state(of: model)
        let largestError = try lossOfConverting(state, to: options.dtype)
        do {
            let output = try AtomicFolder(at: folder)
            try model.writeCompanions(to: output.workPath, classes: names, dtype: options.dtype)
            try writeWeights(try state.castingFloats(to: options.dtype), to: output.workPath)
            let report = try ExportReport(
                exporter: name, folder: folder, workPath: output.workPath, tensorCount: state.tensors.count,
                dropped: dropped, largestError: largestError)
            try output.commit()
            return report
        } catch let error as FileError {
            throw .file(error)
        } catch let error as CheckpointError {
            throw .checkpoint(error)
        } catch {
            preconditionFailure("no other error can come: \(error)")
        }
    }

    private static func writeWeights(_ state: StateDict, to folder: String) throws(CheckpointError) {
        try ShardedSafetensors(state).write(to: folder)
    }

    /// The largest error of any weight; fails when one would become infinite.
    private static func lossOfConverting(_ state: StateDict, to dtype: DType) throws(ExportError) -> Double {
        var largest = 0.0
        for tensor in state.tensors where tensor.info.dtype.isFloat && tensor.info.dtype != dtype {
            let report: Cast.Report
            do { report = try tensor.view().cast(to: dtype).report } catch { throw .checkpoint(error) }
            guard report.overflowCount == 0 else {
                throw .overflow(tensor: tensor.info.name, dtype: dtype, count: report.overflowCount)
            }
            largest = max(largest, report.largestError)
        }
        return largest
    }
}
