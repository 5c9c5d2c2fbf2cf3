import CDigest
import Testing
import ZooBase

@testable import ZooStore

/// SHA-256 of many messages side by side gives what it gives for each alone.
@Suite(.enabled(if: cd_sha256_gains() != 0, "this processor hashes one message after the other"))
struct ManyDigestsTests {
    private func message(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) } }

    @Test func everyShortLength() {
        let messages = (0...300).map(message)
        let digests = BlobVerification.digests(messages.map { ByteStorage(copying: $0) })
        #expect(digests == messages.map { ContentDigest(of: $0) })
    }

    @Test(arguments: [1, 2, 15, 16, 17, 40]) func anyNumberOfMessages(count: Int) {
        let messages = (0..<count).map { message(100_000 / ($0 + 1) + $0) }
        let digests = BlobVerification.digests(messages.map { ByteStorage(copying: $0) })
        #expect(digests == messages.map { ContentDigest(of: $0) })
    }

    /// FIPS 180-4's own example, "abc".
    @Test func thePublishedValue() {
        let digest = BlobVerification.digests([ByteStorage(copying: Array("abc".utf8))])
        #expect(digest.map(\.hex) == ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"])
    }

    @Test func damageAmongManyBlobsIsFound() throws {
        let place = try TemporaryStore()
        let writer = try place.store.writer()
        let file = try writer.add("model", parts: (0..<40).map { StoreWriter.Part(message(5_000 + $0)) })
        _ = try writer.commit(TemporaryStore.manifest([file]), as: try ModelName("m"))
        #expect(try place.store.verify().problems.isEmpty)
        let path = place.store.blobs.path(of: file.segments[17].digest)
        var bytes = try FilePaths.read(path)
        bytes[4_000] ^= 1
        try FilePaths.remove(path)
        try AtomicFile.write(bytes, to: path)
        let problems = try place.store.verify().problems
        #expect(problems.count == 1)
        #expect(problems.first?.path.contains(file.segments[17].digest.hex) == true)
    }
}
