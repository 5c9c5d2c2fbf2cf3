internal import ZooBase
internal import ZooData
internal import ZooModels
internal import ZooStore
internal import ZooText
internal import ZooTrain

/// A teacher with its files open and its labels found to be the data's.
struct FinetuneTeacher {
    let choice: TeacherChoice
    private let files: ModelFiles
    /// For each label of the data, which of the teacher's outputs it is.
    private let outputs: [Int]

    /// Opens the files of `choice`; its head must be of kind `kind` and have these labels, in any order.
    ///
    /// - Throws: `KitError.invalidTeacher`.
    init(_ choice: TeacherChoice, labels: [String], kind: String, in store: Store) throws {
        self.choice = choice
        files = try ModelFiles(manifest: choice.manifest, called: choice.name, in: store, verify: true)
        let theirs = files.manifest?.labels ?? []
        if let found = files.manifest?.head?["kind"]?.string, found != kind {
            throw KitError.invalidTeacher("the head of \(choice.name) is for \(found), the task is \(kind)")
        }
        guard theirs.count == labels.count, Set(theirs) == Set(labels) else {
            throw KitError.invalidTeacher(
                "\(choice.name) has the labels \(theirs.joined(separator: ", ")), the data "
                    + "\(labels.joined(separator: ", ")); a teacher needs the same (zoo head --labels renames)")
        }
        outputs = labels.compactMap { theirs.firstIndex(of: $0) }
    }

    /// The model, and `rows` in its own tokens, beside the pupil's tokens of them.
    func teacher(
        of rows: [DataRow], pupil: Tokenizer, tokens: [LabelledRow], maximumLength: Int, threads: Int
    ) throws -> Teacher {
        let model = try files.classifier(HeadSpecification(labelCount: outputs.count, source: .stored), dropout: 0)
        let tokenizer = try files.tokenizer()
        let limit = min(maximumLength, model.encoder.maximumLength)
        let encoded = tokenizer.encodeIDsBatch(rows.map(\.text), maximumLength: limit, threads: threads)
        let own = encoded.map { TokenizedRow(ids: $0.ids, typeIDs: $0.typeIDs) }
        let isComparable = zip(own, tokens).map { theirs, row in
            theirs.ids.count == row.tokens.ids.count
                && zip(theirs.ids, row.tokens.ids).allSatisfy { theirs, mine in
                    tokenizer.token(Int32(theirs)) == pupil.token(Int32(mine))
                }
        }
        return Teacher(
            model: model, rows: own, outputs: outputs, layers: choice.layers, isComparable: isComparable)
    }
}
