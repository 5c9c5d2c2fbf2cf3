import Dispatch
import Foundation
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

@Suite struct StoreTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    @Test func missingHomeReadsAsEmptyAndStaysMissing() throws {
        let store = Store(home: place.home, access: .readOnly)
        #expect(try store.list().isEmpty)
        #expect(try store.versions().isEmpty)
        #expect(try store.runs.list().isEmpty)
        #expect(try store.verify().problems.isEmpty)
        let error = #expect(throws: StoreError.self) { try store.resolve(try Reference("base")) }
        #expect(error?.kind == .notFound)
        #expect(throws: StoreError.readOnly(home: place.home)) { try store.writer() }
        #expect(!FilePaths.exists(place.home))
    }

    @Test(arguments: [[], [1], [5, 3, 3, 999], [1 << 20, (1 << 20) + 1], [0, 3_000_000, 7]])
    func filesComeBackByteForByte(_ cuts: [Int]) throws {
        let bytes = noise(3_000_000)
        let writer = try place.store.writer()
        let source = place.path("source")
        try AtomicFile.write(bytes, to: source)
        let cutter: SegmentCutter = { _, _, _ in .cut(at: cuts) }
        let file = try writer.add("a/b.bin", fileAt: source, cutter: cutter)
        #expect(try writer.add("a/b.bin", bytes: bytes, cutter: cutter) == file)
        try writer.publish()
        #expect(file.size == bytes.count)
        #expect(file.digest == ContentDigest(of: bytes))
        #expect(file.segments.count == Set(cuts.filter { $0 > 0 && $0 < bytes.count }).count + 1)
        let opened = try place.store.open(file, verify: true)
        #expect(opened.array(0..<bytes.count) == bytes)
        try place.store.write(file, to: place.path("out/b.bin"))
        #expect(try FilePaths.read(place.path("out/b.bin")) == bytes)
        #expect(file.digest(of: 0..<file.segments[0].size) == file.segments[0].digest)
        #expect(file.digest(of: 0..<file.segments[0].size + 1) == nil)
    }

    @Test func headersAreSeenWholeWhateverTheChunks() throws {
        // The "format": one byte with the header's length, then cut positions divided by ten.
        let cutter = headerCutter(headSize: { _, prefix in Int(prefix[0]) }) { bytes in
            bytes.array(1..<Int(bytes.array(0..<1)[0])).map { Int($0) * 10 }
        }
        let header = [UInt8(40)] + (1..<40).map { UInt8($0 + 4) }
        let bytes = header + noise(2_000)
        let writer = try place.store.writer()
        for chunk in [1, 7, 39, 40, 5_000] {
            let file = try writer.ingest("x", size: bytes.count, cutter: cutter)
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try file.append(Array(bytes[start..<min(bytes.count, start + chunk)]))
            }
            let stored = try #require(try file.finish())
            #expect(stored.segments.count == 40)
            #expect(stored.segments[0].size == 50)
            #expect(stored.digest == ContentDigest(of: bytes))
        }
        let short = try writer.ingest("x", size: 10, cutter: uncut)
        try short.append([1])
        #expect(try short.finish() == nil)
    }

    @Test func emptyFilesHaveNoSegments() throws {
        let writer = try place.store.writer()
        let file = try writer.add("empty", bytes: [])
        #expect(file.segments.isEmpty)
        #expect(try place.store.open(file).byteCount == 0)
    }

    @Test func partsThatAreThereAreNotWrittenAgain() throws {
        let writer = try place.store.writer()
        let shared = noise(100_000)
        let base = try writer.add("m", parts: [.init([1, 2, 3]), .init([]), .init(shared)])
        try writer.publish()
        #expect(base.segments.map(\.size) == [3, 100_000])
        let blob = place.store.blobs.path(of: base.segments[1].digest)
        let before = try FileManager.default.attributesOfItem(atPath: blob)
        let storage = ByteStorage(copying: shared)
        let tuned = try writer.add(
            "m", parts: [.init([9]), .init(storage, 0..<storage.byteCount, digest: base.segments[1].digest)])
        #expect(tuned.digest == ContentDigest(of: [9] + shared))
        try writer.publish()
        let after = try FileManager.default.attributesOfItem(atPath: blob)
        #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
        #expect(before[.posixPermissions] as? Int == 0o444)
        #expect(try place.store.blobs.all().count == 3)
    }

    @Test func manifestsAreReadBackAndNameNothingLocal() throws {
        let commit = try place.commit("weights", as: "team/base")
        let manifest = try place.store.manifest(of: commit.version)
        #expect(manifest.digest == commit.version.manifest)
        #expect(try Manifest(parsing: Array(manifest.json.text(.canonical).utf8), path: "") == manifest)
        let text = manifest.json.text(.canonical)
        #expect(!text.contains("team") && !text.contains(place.folder))
        var full = manifest
        full.architecture = "bert"
        full.labels = ["neg", "pos"]
        full.head = ["kind": "classification"]
        full.metrics = ["accuracy": 0.5]
        full.task = "sentiment"
        full.weightsDigest = manifest.digest
        full.kernelSet = "avx2"
        full.attachments = manifest.files
        #expect(try Manifest(parsing: Array(full.json.text(.canonical).utf8), path: "") == full)
        #expect(full.derivation.digest == manifest.derivation.digest)
    }

    @Test func theSameManifestIsTheSameVersion() throws {
        let first = try place.commit("one", as: "base")
        #expect(first.wasNew && first.version.number == 1)
        #expect(try place.commit("two", as: "base").version.number == 2)
        let again = try place.commit("one", as: "base")
        #expect(!again.wasNew && again.version == first.version)
        let other = try place.commit("one", as: "other")
        #expect(other.wasNew && other.version.manifest == first.version.manifest)
        let derivation = try place.store.manifest(of: first.version).derivation.digest
        #expect(try place.store.versions(derivedBy: derivation) == [first.version, other.version])
    }

    @Test func commitsNeedTheirParentsAndBlobs() throws {
        let writer = try place.store.writer()
        let file = try writer.add("m", bytes: [1])
        let ghost = ModelVersion(name: try ModelName("x"), number: 1, manifest: ContentDigest(of: "ghost"))
        let orphan = #expect(throws: StoreError.self) {
            try writer.commit(TemporaryStore.manifest([file], parents: [ghost]), as: ghost.name)
        }
        #expect(orphan == .unknownParent(digest: ghost.manifest))
        try FilePaths.remove(place.store.blobs.path(of: file.segments[0].digest))
        let missing = #expect(throws: StoreError.self) {
            try writer.commit(TemporaryStore.manifest([file]), as: ghost.name)
        }
        #expect(missing?.kind == .damaged)
        #expect(try place.store.versions().isEmpty)
    }

    @Test func referencesResolve() throws {
        let one = try place.commit("one", as: "reviews").version
        let two = try place.commit("two", as: "reviews").version
        let store = place.store
        #expect(try store.resolve(try Reference("reviews")) == two)
        #expect(try store.resolve(try Reference("reviews@1")) == one)
        #expect(try store.resolve(try Reference("sha256:" + one.manifest.hex.prefix(8))) == one)
        #expect(try store.tag(one, try AliasName("production")) == nil)
        #expect(try store.resolve(try Reference("reviews:production")) == one)
        #expect(try store.tag(two, try AliasName("production")) == 1)
        #expect(try store.resolve(try Reference("reviews:production")) == two)
        #expect(try store.log(one.name).entries().count == 2)
        let unknown = #expect(throws: StoreError.self) { try store.resolve(try Reference("reveiws")) }
        #expect(unknown == .unknownModel(name: "reveiws", suggestions: ["reviews"], hasFile: false))
        #expect(throws: StoreError.unknownVersion(name: "reviews", number: 3, existing: [1, 2])) {
            try store.resolve(try Reference("reviews@3"))
        }
        #expect(throws: StoreError.unknownAlias(name: "reviews", alias: "x", existing: ["production"])) {
            try store.resolve(try Reference("reviews:x"))
        }
        #expect(throws: StoreError.notAVersion(path: "./x")) { try store.resolve(try Reference("./x")) }
        #expect(throws: StoreError.unknownDigest(prefix: "00000000")) {
            try store.resolve(try Reference("sha256:00000000"))
        }
    }

    @Test func damagedBlobsAreNamedAndHealed() throws {
        let version = try place.commit("weights", as: "base").version
        let file = try place.store.manifest(of: version).files[0]
        let path = place.store.blobs.path(of: file.segments[0].digest)
        for damage in [Array("wEights".utf8), Array("short".utf8)] {
            try AtomicFile.write(damage, to: path)
            let error = #expect(throws: StoreError.self) { try place.store.open(file, verify: true) }
            #expect(error?.kind == .damaged)
            #expect(error?.message.contains(path) == true && error?.message.contains("model.bin") == true)
            #expect(throws: StoreError.self) { try place.store.write(file, to: place.path("out")) }
            #expect(!FilePaths.exists(place.path("out")))
            let report = try place.store.verify()
            #expect(report.problems.map(\.affects) == [["base@1 model.bin"]])
            // Adding the same bytes again puts the blob right.
            #expect(try place.commit("weights", as: "base").wasNew == false)
            #expect(try place.store.verify().problems.isEmpty)
        }
        try FilePaths.remove(path)
        #expect(try place.store.verify().problems.map(\.reason) == ["is missing"])
    }

    @Test(arguments: WriteStep.allCases, [1, 2, 3])
    func aStopAtAnyStepLeavesTheStoreAsItWas(_ step: WriteStep, _ count: Int) throws {
        try place.commit("before", as: "base")
        let before = try place.visible()
        let left = Mutex(count)
        let full = FileError("write", "x", errno: ENOSPC)
        let store = Store(home: place.home, access: .readWrite, notice: { _ in }) { (taken) throws(StoreError) in
            guard taken == step else { return }
            guard
                left.withLock({
                    $0 -= 1; return $0 > 0
                })
            else { throw .file(full) }
        }
        func attempt() throws {
            let writer = try store.writer()
            let files = try (0..<3).map { try writer.add("f\($0)", bytes: noise(1000, seed: UInt64($0))) }
            _ = try writer.commit(TemporaryStore.manifest(files), as: try ModelName("base"))
        }
        let isReached = count == 1 || step == .writeBlob || step == .nameBlob
        if isReached {
            let error = #expect(throws: StoreError.self) { try attempt() }
            #expect(error?.kind == .resource)
            if step != .record {
                let now = try place.visible()
                for (path, bytes) in before { #expect(now[path] == bytes) }
                #expect(try place.store.versions().map(\.description) == ["base@1"])
            }
        } else {
            try attempt()
        }
        #expect(try place.store.verify().problems.isEmpty)
        left.withLock { $0 = .max }
        try attempt()
        #expect(try place.store.versions().map(\.description) == ["base@1", "base@2"])
        #expect(try place.store.verify().problems.isEmpty)
        #expect(try place.store.collectGarbage(dryRun: true).items.isEmpty)
    }

    @Test func twoWritersNeverTakeOneNumber() throws {
        let numbers = Mutex<[Int]>([])
        let same = Mutex<Set<Int>>([])
        DispatchQueue.concurrentPerform(iterations: 24) { index in
            let number = try? place.commit("weights \(index)", as: "base").version.number
            numbers.withLock { $0.append(number ?? -1) }
            let shared = try? place.commit("the same", as: "shared").version.number
            same.withLock { _ = $0.insert(shared ?? -1) }
        }
        #expect(numbers.withLock { $0.sorted() } == Array(1...24))
        #expect(same.withLock { $0 } == [1])
        #expect(try place.store.list().count == 25)
        #expect(try place.store.verify().problems.isEmpty)
    }
}
