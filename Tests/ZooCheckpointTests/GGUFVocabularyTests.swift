import Foundation
import Testing
import ZooBase
import ZooCheckpoint

/// The vocabulary of a BERT model as ggml's own project publishes it, with texts and the ids they must have.
///
/// It is not in the repository: `ZOO_TEST_DATA` says where the folder `gguf_vocab` is.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ZOO_TEST_DATA"] != nil)) struct GGUFVocabularyTests {
    let path = FilePaths.join(
        ProcessInfo.processInfo.environment["ZOO_TEST_DATA"] ?? "", "gguf_vocab/ggml-vocab-bert-bge.gguf")

    @Test func knownAnswerHolds() throws {
        let bytes = try SegmentedBytes(mapping: path)
        let checkpoint = try Checkpoint.open(bytes, file: path)
        #expect(checkpoint.tensors.isEmpty && checkpoint.unreadable.isEmpty && checkpoint.metadata.count == 20)
        #expect(checkpoint.metadata("general.architecture") == "bert")
        #expect(checkpoint.metadata("bert.attention.layer_norm_epsilon") == "1e-12")
        #expect(checkpoint.metadata("tokenizer.ggml.tokens") == "array of 30522 strings")
        let arrays = try GGUFFormat.arrays(in: bytes, file: path)
        let tokens = try #require(arrays.first { $0.name == "tokenizer.ggml.tokens" }?.array).values()
        let types = try #require(arrays.first { $0.name == "tokenizer.ggml.token_type" }?.array).values()
        #expect(tokens.count == 30522 && types.count == 30522)
        #expect(tokens[100] == .string("[UNK]") && types[0] == .signed(3))

        // The tokens of the ids that a text must have spell the text.
        let texts = String(decoding: try FilePaths.read(path + ".inp"), as: UTF8.self)
            .components(separatedBy: "\n__ggml_vocab_test__\n")
        let answers = String(decoding: try FilePaths.read(path + ".out"), as: UTF8.self).components(separatedBy: "\n")
        var spelled = 0
        for (text, answer) in zip(texts, answers) {
            let ids = answer.split(separator: " ").compactMap { Int($0) }
            guard !ids.contains(100) else { continue }
            let written = ids.map { tokens[$0].description.replacingOccurrences(of: "\u{2581}", with: "") }.joined()
            let plain = text.decomposedStringWithCanonicalMapping.lowercased().unicodeScalars
                .filter { !$0.properties.isWhitespace && $0.properties.generalCategory != .nonspacingMark }
            #expect(Array(written.unicodeScalars) == Array(plain))
            spelled += ids.isEmpty ? 0 : 1
        }
        #expect(spelled >= 25)
    }
}
