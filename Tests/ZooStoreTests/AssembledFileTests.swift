import Testing
import ZooBase

@testable import ZooStore

@Suite struct AssembledFileTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    /// A large file whose bytes are asked for fails the test: what is in the store is named, not read.
    @Test func whatIsInTheStoreIsNotReadAgain() throws {
        let store = place.store
        let writer = try store.writer()
        let block = ByteStorage(byteCount: 24 << 20) { $0.storeBytes(of: 7, as: UInt8.self) }
        let base = try writer.add("base", parts: [.init(block, 0..<block.byteCount)])
        #expect(base.isHashedWhole)
        try writer.publish()
        let digest = base.segments[0].digest
        // Other bytes of the same size: were they read, the digest would not be the base's.
        let wrong = ByteStorage(byteCount: block.byteCount) { _ in }
        let known = StoreWriter.Part(wrong, 0..<wrong.byteCount, digest: digest)
        let large = try writer.add("large", parts: [known, known, known, .init([1, 2, 3])])
        #expect(!large.isHashedWhole)
        #expect(large.segments.map(\.digest) == [digest, digest, digest, ContentDigest(of: [1, 2, 3])])
        #expect(large == (try writer.add("large", parts: [known, known, known, .init([1, 2, 3])])))

        let manifest = TemporaryStore.manifest([large])
        #expect(manifest.schema == 2 && TemporaryStore.manifest([base]).schema == 1)
        let version = try writer.commit(manifest, as: try ModelName("m")).version
        let read = try store.manifest(of: version)
        #expect(read == manifest)
        let path = place.path("out")
        try store.write(read.files[0], to: path)
        let written = try FilePaths.read(path)
        #expect(written.count == large.size && Array(written.suffix(3)) == [1, 2, 3])
        #expect(ContentDigest(of: Array(written.prefix(block.byteCount))) == digest)
        #expect(try store.verify().problems.isEmpty)
    }
}
