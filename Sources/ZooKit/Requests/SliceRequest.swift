/// What to cut out of a model.
public struct SliceRequest: Sendable {
    /// A version, or a file or folder.
    public var source: String
    /// A file, in the format that its suffix names, or a folder to write.
    public var path: String?
    /// The name of the version to make.
    public var name: String?
    /// Layers to keep, renumbered in this order; nil for all.
    public var layers: [Int]?
    /// Heads to keep by layer (numbered as in the source), for the layers named.
    public var keptHeads: [Int: [Int]] = [:]
    /// Heads to keep in every other layer, the most important ones; nil for all.
    public var headCount: Int?
    /// Units to keep in every feed-forward block, the most important ones; nil for all.
    public var unitCount: Int?
    /// Word pieces to keep; nil for all.
    public var vocabularySize: Int?
    /// Texts whose word pieces are kept first: a data file, or one text a line.
    public var vocabularyTexts: String?
    /// A file that lists the word pieces to keep, one a line.
    public var vocabularyFile: String?
    /// Rows of the position table to keep; nil for all.
    public var positionCount: Int?
    /// Globs of tensors to keep; empty for all.
    public var only: [String] = []
    /// Globs of tensors to leave out.
    public var drop: [String] = []
    /// Parts of tensors, as in `embeddings.word_embeddings.weight[0:1000]`.
    public var ranges: [String] = []
    /// The element type of floating-point tensors; nil to keep theirs.
    public var dtype: String?
    /// Whether only the plan is wanted.
    public var isDryRun = false
    /// Whether a file that is there may be replaced.
    public var replaces = false

    /// Refuses what no model could be cut by.
    ///
    /// - Throws: `KitError.contradiction`.
    func check() throws(KitError) {
        guard
            layers != nil || !keptHeads.isEmpty || headCount != nil || unitCount != nil || vocabularySize != nil
                || vocabularyTexts != nil || vocabularyFile != nil || positionCount != nil
                || !(only + drop + ranges).isEmpty || dtype != nil
        else {
            throw .contradiction("nothing to cut: name layers, heads, units, word pieces, positions or tensors")
        }
        if let layers {
            guard !layers.isEmpty else { throw .contradiction("--layers keeps no layer") }
            guard Set(layers).count == layers.count else { throw .contradiction("--layers names a layer twice") }
        }
        for (layer, heads) in keptHeads.sorted(by: { $0.key < $1.key }) {
            guard !heads.isEmpty else {
                throw .contradiction("no head of layer \(layer) would be left; to drop a layer use --layers")
            }
            guard Set(heads).count == heads.count else {
                throw .contradiction("--keep-heads names a head of layer \(layer) twice")
            }
            guard layers?.contains(layer) ?? true else {
                throw .contradiction("--keep-heads names layer \(layer), which is not kept")
            }
        }
        for (option, count, what) in [
            ("--heads", headCount, "heads"), ("--ffn", unitCount, "units"), ("--vocab-size", vocabularySize, "pieces"),
            ("--max-length", positionCount, "positions"),
        ] where (count ?? 1) < 1 {
            throw .contradiction("\(option) would leave no \(what)")
        }
        guard positionCount != 1 else {
            throw .contradiction("--max-length 1: [CLS] and [SEP] alone take two positions")
        }
    }

    /// A request that cuts nothing.
    public init(source: String) { self.source = source }
}
