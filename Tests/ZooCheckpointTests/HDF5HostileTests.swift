import Foundation
import Testing
import ZooBase
import ZooCheckpoint

@Suite struct HDF5HostileTests {
    static let cases = Fixtures.cases("malformed/hdf5")

    @Test(arguments: cases) func malformedFileIsRefused(_ given: JSON) throws {
        let path = Fixtures.path("malformed/hdf5/" + (try #require(given["file"]?.string)))
        let error = #expect(throws: CheckpointError.self) { _ = try Checkpoint.open(path) }
        #expect(error?.identifier == given["error"]?.string)
        #expect(error?.message.hasPrefix(path) == true)
        #expect(error?.kind == .badInput)
    }

    @Test func thereAreCases() { #expect(Self.cases.count >= 20) }

    /// Opens `bytes` and reads everything; what opens must lie in them, and nothing else may happen than an error.
    static func outcome(_ bytes: [UInt8]) -> String {
        do {
            let file = SegmentedBytes([ByteStorage(copying: bytes)])
            let checkpoint = try Checkpoint.open(file, file: "x.h5", formats: [HDF5Format.self])
            for tensor in checkpoint.tensors + checkpoint.optimizerState {
                #expect(tensor.info.byteCount <= bytes.count * 1040 + (64 << 20))
                if let mapped = tensor.mapped, tensor.info.byteCount > 0 {
                    #expect(mapped.storage === file.segments[0])
                }
                #expect(try tensor.view().range.count == tensor.info.byteCount)
            }
            return "read"
        } catch { return error.identifier }
    }

    static func outcomes(_ count: Int, _ bytes: @escaping @Sendable (Int) -> [UInt8]) async -> [String: Int] {
        await withTaskGroup(of: String.self) { group in
            for number in 0..<count { group.addTask { outcome(bytes(number)) } }
            var counts: [String: Int] = [:]
            for await outcome in group { counts[outcome, default: 0] += 1 }
            return counts
        }
    }

    /// A sample; every bit when ZOO_SOAK is set.
    @Test(arguments: ["superblock-0.h5", "superblock-3.h5"]) func flippedBitsAreSafe(_ name: String) async throws {
        let whole = try FilePaths.read(Fixtures.path("checkpoints/hdf5/" + name))
        #expect(Self.outcome(whole) == "read")
        var random = SplitMix(state: 20_261_121)
        let all = 0..<whole.count * 8
        let isSoak = ProcessInfo.processInfo.environment["ZOO_SOAK"] != nil
        let bits = isSoak ? Array(all) : (0..<1000).map { _ in Int.random(in: all, using: &random) }
        let counts = await Self.outcomes(bits.count) { number in
            var bytes = whole
            bytes[bits[number] / 8] ^= 1 << UInt8(bits[number] % 8)
            return bytes
        }
        let expected: Set = [
            "read", "hdf5Unreadable", "hdf5Elements", "hdf5Crashed", "hdf5TimeLimit", "hdf5BeyondFile",
            "hdf5CyclicGroups", "hdf5ExternalStorage", "hdf5ExternalLink", "hdf5UserLink", "shapeOverflow",
            "hdf5Memory",
        ]
        #expect(Set(counts.keys).isSubset(of: expected), "\(counts)")
        #expect(counts["read", default: 0] > 250 && counts["hdf5Unreadable", default: 0] > 25, "\(counts)")
    }

    @Test func prefixesAreSafe() async throws {
        let whole = try FilePaths.read(Fixtures.path("checkpoints/hdf5/keras-legacy.h5"))
        let counts = await Self.outcomes(whole.count / 331) { Array(whole[..<($0 * 331)]) }
        #expect(counts["read"] == nil, "\(counts)")
    }
}

/// A generator with a seed (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
