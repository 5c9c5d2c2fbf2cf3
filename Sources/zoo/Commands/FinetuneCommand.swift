import ArgumentParser
import ZooBase
import ZooKit

struct FinetuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune", abstract: "Train a version for a task; the result is a new version with its lineage.",
        discussion: """
            Examples:
              zoo finetune base --task sentiment                          the task's own sample data
              zoo finetune base --task sentiment --data reviews.csv --name reviews
              zoo finetune reviews@2 --data more.csv                      go on from a version
              zoo finetune small --teacher reviews --data reviews.csv     learn from a larger one besides
              zoo finetune --resume RUN                                   go on with an interrupted run
            Ctrl-C stops cleanly; the run can be resumed. With --json every event is one JSON value a line.
            """)
    @Argument(help: "The version to start from.") var base: String?
    @Option(help: "The task (default: the one of the base's head).") var task: String?
    @Option(help: "Training rows: CSV, TSV or JSONL (default: the task's sample data).", completion: .file())
    var data: String?
    @Option(help: "Validation rows (default: split off the training rows).", completion: .file())
    var validationData: String?
    @Option(help: "Share of the rows split off when no validation data is given.") var validationShare = 0.1
    @Option(help: "A version with a head for the same labels to learn from besides (distillation).")
    var teacher: String?
    @Option(help: "Name of the result (default: BASE-TASK).") var name: String?
    @OptionGroup(title: "Data") var dataOptions: DataOptions
    @Flag(help: "Drop rows that have the same text and different labels.") var dropConflicts = false
    @Option(help: "Keep the training file in the registry: auto (up to 100 MB) or none (its digest only).")
    var storeData = "auto"
    @OptionGroup(title: "Recipe") var recipe: RecipeOptions
    @Option(help: "Worker threads (default: one a core); never changes the result.") var threads: Int?
    @Option(help: "Go on with this interrupted run.") var resume: String?
    @Flag(help: "Only print the plan.") var dryRun = false
    @Flag(help: "Compute it again although it exists, and check that the result is the same.") var force = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (base == nil) != (resume == nil) else {
            throw ValidationError("give a version to start from, or --resume RUN (see `zoo runs`)")
        }
        guard validationShare > 0 && validationShare < 1 else {
            throw ValidationError("--validation-share is a share between 0 and 1, not \(validationShare)")
        }
        if teacher == nil, resume == nil, let option = recipe.teacherOption {
            throw ValidationError("\(option) says how a teacher is followed; give --teacher VERSION")
        }
        guard ["auto", "none"].contains(storeData) else {
            throw ValidationError("--store-data is auto or none, not '\(storeData)'")
        }
    }

    func run() throws {
        Interruption.catchSignals()
        let output = FinetuneOutput(global: global)
        let result: FinetuneResult
        if let resume {
            result = try Registry.current.resumeFinetune(
                resume, threads: threads, isStopped: { Interruption.isRequested }, emit: output.show)
        } else {
            var request = FinetuneRequest(base: base!)
            request.task = task
            request.teacher = teacher
            request.data = dataOptions.request(data)
            request.data.dropsConflicts = dropConflicts
            request.validationPath = validationData
            request.validationShare = validationShare
            request.name = name
            request.recipePath = recipe.recipe
            request.overrides = recipe.overrides
            request.threads = threads
            request.keepsData = storeData != "none"
            request.isDryRun = dryRun
            request.isForced = force
            result = try Registry.current.finetune(
                request, isStopped: { Interruption.isRequested }, emit: output.show)
        }
        output.show(result)
    }
}

/// Shows a fine-tune as it happens.
private final class FinetuneOutput {
    private let global: GlobalOptions
    private var progress: Progress?

    init(global: GlobalOptions) { self.global = global }

    func show(_ event: FinetuneEvent) {
        if global.json {
            Terminal.out(data: event.json.text(.compact))
            Terminal.flush()
            return
        }
        switch event {
        case .notice(let text): global.notice(text)
        case .data(let lines, _), .plan(let lines, _):
            if !global.quiet { for line in lines { Terminal.out(line) } }
        case .started(let run, let step, let stepCount):
            if !global.quiet {
                Terminal.out(step == 0 ? "run \(run)" : "run \(run), going on at step \(step) of \(stepCount)")
                Terminal.flush()
            }
            progress = Progress("training", isQuiet: global.quiet)
        case .step(let step):
            progress?.update(
                step: step.step, of: step.stepCount,
                detail: "loss \(Format.decimal(step.loss, 4))  lr \(step.learningRate.formattedScientific)  "
                    + "\(Format.decimal(step.samplesPerSecond, 0)) rows/s  \(Format.duration(step.secondsLeft)) left")
        case .epoch(let epoch):
            progress?.finish()
            if !global.quiet {
                Terminal.out(
                    "epoch \(epoch.epoch)  loss \(Format.decimal(epoch.trainingLoss, 4))  validation \(epoch.metric) "
                        + Format.decimal(epoch.value, 4) + (epoch.isBest ? "  best so far" : ""))
                Terminal.flush()
            }
        }
    }

    func show(_ result: FinetuneResult) {
        progress?.finish()
        if global.json {
            Terminal.out(data: result.json.text(.compact))
        } else if let original = result.sameAs {
            Terminal.out(
                "\(Terminal.bold(result.version)) is a new name of \(original), which already is this; "
                    + "nothing computed; --force repeats it")
        } else if result.alreadyExisted {
            Terminal.out("\(Terminal.bold(result.version)) already is this; nothing computed; --force repeats it")
        } else if !result.isDryRun {
            let metrics = result.metrics.filter { ["accuracy", "macroF1", "pearson"].contains($0.name) }.map { metric in
                metric.interval.map {
                    "\(metric.name) \(Format.interval(metric.value, $0.lowerBound, $0.upperBound))"
                } ?? "\(metric.name) \(Format.decimal(metric.value, 4))"
            }
            Terminal.out(
                "\(Terminal.bold(result.version))  from \(result.base), epoch \(result.bestEpoch ?? 0) kept: "
                    + metrics.joined(separator: ", "))
            if let weights = result.weightsDigest { Terminal.out("  weights   \(weights)") }
            Terminal.out(
                "  \(Format.duration(result.seconds)), \(Format.decimal(result.samplesPerSecond ?? 0, 0)) rows/s, "
                    + "\(Format.bytes(result.newByteCount)) added to the registry")
        }
    }
}

extension Double {
    /// As in `3.0e-05`.
    fileprivate var formattedScientific: String { Format.scientific(self) }
}
