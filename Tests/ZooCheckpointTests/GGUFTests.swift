import Foundation
import Testing
import ZooBase
import ZooCheckpoint

@Suite struct GGUFTests {
    static let malformed = Fixtures.cases("malformed/gguf")
    static let sound = Fixtures.cases("checkpoints/gguf")

    @Test func casesAreThere() {
        #expect(Self.malformed.count >= 70)
        #expect(Self.sound.count >= 4)
    }

    @Test(arguments: malformed.indices) func malformedFileIsRefused(_ number: Int) throws {
        let fault = Self.malformed[number]
        let file = try #require(fault["file"]?.string)
        let path = Fixtures.path("malformed/gguf/" + file)
        let error = #expect(throws: CheckpointError.self, "\(file)") { try Checkpoint.open(path) }
        #expect(error?.identifier == fault["error"]?.string, "\(file): \(error?.message ?? "")")
        #expect(error?.message.contains("; ") == true && error?.message.contains("\n") == false)
        #expect(error?.kind == .badInput)
        #expect(GGUFFormat.tensorRanges(in: try SegmentedBytes(mapping: path)) == nil)
    }

    @Test(arguments: sound.indices) func soundFileIsRead(_ number: Int) throws {
        let sound = Self.sound[number]
        let file = try #require(sound["file"]?.string)
        let bytes = try SegmentedBytes(mapping: Fixtures.path("checkpoints/gguf/" + file))
        let checkpoint = try Checkpoint.open(bytes, file: file)
        #expect(checkpoint.format == "gguf")
        let tensors = try #require(sound["tensors"]?.array)
        #expect(checkpoint.tensors.map(\.info.name) == tensors.compactMap { $0["name"]?.string })
        for (found, expected) in zip(checkpoint.tensors, tensors) {
            #expect(found.info.dtype.rawValue == expected["dtype"]?.string)
            #expect(found.info.shape.dimensions == expected["shape"]?.array?.compactMap(\.integer))
            #expect(found.storedAs == expected["storedAs"]?.string)
            #expect((found.mapped == nil) == (found.storedAs != nil))
            #expect(try found.view().digest.hex == expected["sha256"]?.string, "\(file): \(found.info.name)")
        }
        let unreadable = try #require(sound["unreadable"]?.array)
        #expect(checkpoint.unreadable.map(\.name) == unreadable.compactMap { $0["name"]?.string })
        #expect(checkpoint.unreadable.map(\.description) == unreadable.compactMap { $0["description"]?.string })
        let metadata = try #require(sound["metadata"]?.members).map { MetadataEntry($0.name, $0.value.string ?? "") }
        #expect(checkpoint.metadata == metadata.sorted { ExactString($0.name) < ExactString($1.name) })
        let expected = try #require(sound["arrays"]?.members)
        let arrays = try GGUFFormat.arrays(in: bytes, file: file)
        for member in expected {
            let array = try #require(arrays.first { $0.name == member.name }?.array)
            #expect(try array.values().map(\.json) == member.value.array, "\(file): \(member.name)")
        }
    }

    @Test func storeCutsFileAtTensors() throws {
        let bytes = try SegmentedBytes(mapping: Fixtures.path("checkpoints/gguf/alignment-256.gguf"))
        #expect(GGUFFormat.tensorRanges(in: bytes) == [256..<268, 512..<520, 768..<802])
        // Kept in segments, also where a cut goes through a tensor, the file reads the same.
        let whole = bytes.array(0..<bytes.byteCount)
        let checkpoint = try Checkpoint.open(bytes, file: "f")
        for cut in stride(from: 1, to: whole.count, by: 7) {
            let parts = [Array(whole[..<cut]), Array(whole[cut...])].map { ByteStorage(copying: $0) }
            let again = try Checkpoint.open(SegmentedBytes(parts), file: "f")
            #expect(again.tensors.map(\.bytes) == checkpoint.tensors.map(\.bytes), "cut at \(cut)")
        }
    }

    @Test func bigVocabularyIsNotReadByOpening() throws {
        let count = 300_000
        var file = Array("GGUF".utf8) + little(3 as UInt32) + little(0 as UInt64) + little(1 as UInt64)
        let name = "tokenizer.ggml.tokens"
        file += little(UInt64(name.utf8.count)) + Array(name.utf8) + little(9 as UInt32) + little(8 as UInt32)
        file += little(UInt64(count))
        // No string of it is UTF-8: none is looked at.
        for _ in 0..<count { file += little(1 as UInt64) + [0xFF] }
        let bytes = SegmentedBytes([ByteStorage(copying: file)])
        #expect(try Checkpoint.open(bytes, file: "f").metadata(name) == "array of 300000 strings")
        let array = try #require(try GGUFFormat.arrays(in: bytes, file: "f").first?.array)
        #expect(array.elementType == .string && array.count == count)
        let error = #expect(throws: CheckpointError.self) { try array.values() }
        #expect(error?.identifier == "ggufNotUTF8")
    }

    private func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// Opens `bytes` and asks for everything in them; whether that worked.
    static func check(_ bytes: [UInt8]) -> Bool {
        let file = SegmentedBytes([ByteStorage(copying: bytes)])
        _ = Segments.cuts(of: file)
        guard let checkpoint = try? GGUFFormat.open(file, file: "x") else { return false }
        for tensor in checkpoint.tensors {
            #expect(tensor.bytes.count == tensor.info.byteCount)
            // Four bits become four bytes, and a scale goes with 32 of them.
            #expect(tensor.info.byteCount <= bytes.count * 8)
        }
        for (_, array) in (try? GGUFFormat.arrays(in: file, file: "x")) ?? [] { _ = try? array.values() }
        return true
    }

    static let small = (try? FilePaths.read(Fixtures.path("checkpoints/gguf/version-2.gguf"))) ?? []

    @Test func everyPrefixIsRefused() {
        #expect(Self.check(Self.small))
        for count in Self.small.indices { #expect(!Self.check(Array(Self.small[..<count])), "\(count) bytes") }
    }

    /// `make soak` takes the larger files too.
    static let flipped =
        ["version-2.gguf", "alignment-256.gguf"]
        + (ProcessInfo.processInfo.environment["ZOO_SOAK"] == nil ? [] : ["every-type.gguf", "every-value.gguf"])

    @Test(arguments: flipped) func everyFlippedBitIsSafe(_ file: String) throws {
        let bytes = try FilePaths.read(Fixtures.path("checkpoints/gguf/" + file))
        var accepted = 0
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                if Self.check(damaged) { accepted += 1 }
            }
        }
        // Bits of elements, padding and names can change unnoticed; most of the fields cannot.
        #expect(accepted > 0 && accepted < bytes.count * 8)
    }
}

extension GGUFValue {
    fileprivate var json: JSON {
        switch self {
        case .unsigned(let value): .integer(Int(value))
        case .signed(let value): .integer(Int(value))
        case .float(let value): .number(Double(value))
        case .double(let value): .number(value)
        case .bool(let value): .bool(value)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.json))
        }
    }
}
