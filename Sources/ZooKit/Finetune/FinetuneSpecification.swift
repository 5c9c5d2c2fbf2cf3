internal import Catalogue
internal import ZooBase
internal import ZooData
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooTrain

/// A fine-tune with everything decided: what was asked for, completed from the task, the recipe file and the base.
///
/// A run keeps it as JSON, so that it can be resumed without the command line that started it.
struct FinetuneSpecification {
    /// The manifest of the base.
    var base: ContentDigest
    /// What the base was called.
    var baseName: String
    /// Whom to learn from besides the rows' labels.
    var teacher: TeacherChoice?
    /// The task's name.
    var task: String
    /// The name of the result.
    var name: ModelName
    /// The effective recipe.
    var recipe: Recipe
    /// Training rows, and how they are read.
    var data: DataRequest
    /// Validation rows, when they are a file of their own.
    var validationPath: String?
    /// Share of the rows split off otherwise.
    var validationShare: Double
    /// Whether the training file is kept.
    var keepsData: Bool
    /// The precision asked for that this processor has no instructions for; the recipe then says f32.
    private(set) var replacedPrecision: Precision?
    /// The maximum length that was asked for, when the model's own is less.
    var askedLength: Int?
    /// Digests of the data files, once they are known.
    var dataDigest: ContentDigest?
    var validationDigest: ContentDigest?

    /// Completes a request.
    init(_ request: FinetuneRequest, base version: ModelVersion, files: ModelFiles, in store: Store) throws {
        let manifest = files.manifest!
        base = version.manifest
        baseName = version.description
        let known = try Catalogue.tasks.map(\.name)
        guard let task = request.task ?? manifest.task else { throw KitError.noTask(base: baseName, known: known) }
        guard known.contains(task) else { throw KitError.unknownTask(name: task, known: known) }
        self.task = task
        let description = try Catalogue.task(task)
        name =
            try request.name.map { name in try ModelName(name) }
            ?? (manifest.task == nil ? ModelName("\(version.name)-\(task)") : version.name)
        let configuration = try files.configuration()
        let layers = configuration["num_hidden_layers"]?.integer ?? 12
        let recipeName = description.recipeName(layers: layers)
        var layered = [(source: "recipe \(recipeName)", options: try Catalogue.recipe(recipeName))]
        if let path = request.recipePath {
            let bytes: [UInt8]
            do { bytes = try FilePaths.read(path, limit: YAMLReader.maximumBytes) } catch { throw KitError.file(error) }
            layered.append((source: path, options: try YAMLReader.json(bytes, file: path)))
        }
        layered.append((source: Recipe.commandLine, options: .object(request.overrides)))
        recipe = try Recipe(layers: layered)
        if !recipe.precision.isNative {
            replacedPrecision = recipe.precision
            recipe.precision = .f32
        }
        if let positions = configuration["max_position_embeddings"]?.integer {
            if recipe.maxLength > positions, request.overrides.contains(where: { $0.name == "maxLength" }) {
                askedLength = recipe.maxLength
            }
            recipe.maxLength = min(recipe.maxLength, positions)
        }
        if recipe.metric == nil { recipe.metric = description.metric }
        if let text = request.teacher {
            teacher = try TeacherChoice(try store.version(text), pupil: files, recipe: recipe, in: store)
        }
        data = request.data
        data.path = request.data.path.map(FilePaths.absolute)
        validationPath = request.validationPath.map(FilePaths.absolute)
        validationShare = request.validationShare
        keepsData = request.keepsData
    }

    /// The derivation; complete once the digests and the meaning of the labels are known.
    func derivation(labels: LabelMapping, rows: Int, validationRows: Int) -> Derivation {
        precondition(dataDigest != nil, "the data was not read yet")
        var inputs = [Derivation.Input(role: "train", digest: dataDigest!, facts: ["rows": .integer(rows)])]
        if let validationDigest {
            inputs.append(
                .init(role: "validation", digest: validationDigest, facts: ["rows": .integer(validationRows)]))
        }
        return Derivation(
            operation: "finetune", parents: [base] + (teacher.map { [$0.manifest] } ?? []), inputs: inputs,
            parameters: .object([
                "task": .string(task), "recipe": recipe.effective(hasTeacher: teacher != nil),
                "teacherLayers": teacher?.layersJSON, "labels": labels.json, "data": data.parameters,
                "validationShare": validationDigest == nil ? .number(validationShare) : nil,
            ]), numericsVersion: numericsVersion)
    }
}

extension FinetuneSpecification {
    /// What a run keeps.
    var json: JSON {
        .object([
            "base": .string(base.hex), "baseName": .string(baseName), "task": .string(task),
            "name": .string(name.text), "recipe": recipe.json, "dataPath": data.path.map { .string($0) },
            "data": data.parameters, "validationPath": validationPath.map { .string($0) },
            "validationShare": .number(validationShare), "keepsData": .bool(keepsData),
            "dataDigest": dataDigest.map { .string($0.hex) },
            "validationDigest": validationDigest.map { .string($0.hex) }, "teacher": teacher?.json,
        ])
    }

    /// Reads what a run kept; nil when it is not that.
    init?(_ json: JSON) {
        guard let base = json["base"]?.string.flatMap({ ContentDigest(hex: $0) }),
            let baseName = json["baseName"]?.string, let task = json["task"]?.string,
            let name = json["name"]?.string.flatMap({ try? ModelName($0) }), let recipeJSON = json["recipe"],
            let recipe = try? Recipe(layers: [("the run", recipeJSON)]), let share = json["validationShare"]?.number,
            let keepsData = json["keepsData"]?.bool, let parameters = json["data"]
        else { return nil }
        self.base = base
        self.baseName = baseName
        self.task = task
        self.name = name
        self.recipe = recipe
        data = DataRequest(path: json["dataPath"]?.string, parameters: parameters)
        validationPath = json["validationPath"]?.string
        validationShare = share
        self.keepsData = keepsData
        teacher = json["teacher"].flatMap(TeacherChoice.init)
        dataDigest = json["dataDigest"]?.string.flatMap { ContentDigest(hex: $0) }
        validationDigest = json["validationDigest"]?.string.flatMap { ContentDigest(hex: $0) }
    }
}
