import Foundation
import Testing

/// A registry that is damaged, closed or full, and two commands at once.
@Suite struct DamageTests {
    @Test(arguments: [
        "finetune base --task sentiment --data reviews.csv -q", "export base --to hub -o out",
        "export reviews --to hub -o out", "export reviews --to onnx -o out", "predict reviews text",
        "evaluate reviews --data reviews.csv", "inspect base --stats", "inspect base --duplicates",
    ])
    func aDamagedBlobIsNamed(command: String) throws {
        let workshop = try Workshop(.reviews)
        let digest = try workshop.damageLargestBlob()
        try BadInputTests.check(BadInput("damaged", command, 5, "needs blob \(digest.prefix(12))"), in: workshop)
    }

    /// Blobs of more than 1 MiB are not checked by everybody; of a tokenizer they are.
    @Test(arguments: ["tokenize base text", "inspect base"]) func aDamagedTokenizerIsNamed(command: String) throws {
        let workshop = try Workshop(.empty)
        let folder = workshop.folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: Sample.compactBase, to: folder)
        let tokenizer = folder.appendingPathComponent("tokenizer.json")
        var bytes = try Data(contentsOf: tokenizer)
        bytes.append(Data(repeating: 0x20, count: 2 << 20))
        try FileManager.default.removeItem(at: tokenizer)
        try bytes.write(to: tokenizer)
        try workshop.done("import", "model", "--as", "base")
        let blobs = workshop.home.appendingPathComponent("blobs/sha256")
        let blob = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: blobs.path).map(blobs.appendingPathComponent).first {
                try FileManager.default.attributesOfItem(atPath: $0.path)[.size] as? Int == bytes.count
            })
        // Another space: the file reads as before.
        bytes[bytes.count - 1] = 0x0A
        try FileManager.default.removeItem(at: blob)
        try bytes.write(to: blob)
        let digest = blob.lastPathComponent
        try BadInputTests.check(BadInput("damaged", command, 5, "needs blob \(digest.prefix(12))"), in: workshop)
    }

    @Test func pullingAgainHealsABlob() throws {
        let workshop = try Workshop(.reviews)
        let digest = try workshop.damageLargestBlob()
        let damaged = try workshop.zoo("verify")
        #expect(damaged.status == 5)
        for word in [digest, "base@1", "reviews@1"] { #expect(damaged.standardOutput.contains(word), "\(word)") }
        try workshop.done("pull", "minilm-l3-compact", "--as", "base", "--force")
        try workshop.done("verify")
        try workshop.done("predict", "reviews", "it works again")
    }

    @Test func aMissingBlobIsNamedAndHealed() throws {
        let workshop = try Workshop(.reviews)
        let digest = try workshop.damageLargestBlob()
        let blob = workshop.home.appendingPathComponent("blobs/sha256/\(digest.prefix(2))/\(digest)")
        try FileManager.default.removeItem(at: blob)
        #expect(try workshop.zoo("verify").status == 5)
        let export = try workshop.zoo("export", "base", "--to", "hub", "-o", "out")
        #expect(export.status == 5)
        #expect(export.standardError.contains("is missing"))
        try workshop.done("import", Sample.compactBase.path, "--as", "again")
        try workshop.done("verify")
    }

    @Test func aDamagedManifestIsNamed() throws {
        let workshop = try Workshop(.reviews)
        let digest = try #require(try workshop.json("show", "reviews").string("version.digest")?.dropFirst(7))
        let file = workshop.home.appendingPathComponent("manifests/sha256/\(digest)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try Data("{}".utf8).write(to: file)
        try BadInputTests.check(BadInput("manifest", "predict reviews text", 5, String(digest)), in: workshop)
        #expect(try workshop.zoo("verify").status == 5)
        try workshop.done("show", "base")
    }

    @Test func aFineTuneThatLacksBytesIsMadeAgain() throws {
        let workshop = try Workshop(.reviews)
        let digest = try #require(try workshop.json("show", "reviews").string("version.digest")?.dropFirst(7))
        let manifest = workshop.home.appendingPathComponent("manifests/sha256/\(digest)")
        let json = try JSONText(String(decoding: try Data(contentsOf: manifest), as: UTF8.self))
        let blob = try #require(json.string("attachments.0.segments.0.0"))
        let arguments = [
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "1",
        ]
        #expect(try workshop.zoo(arguments).standardOutput.contains("nothing computed"))
        try FileManager.default.removeItem(
            at: workshop.home.appendingPathComponent("blobs/sha256/\(blob.prefix(2))/\(blob)"))
        #expect(try workshop.zoo("verify").status == 5)
        let again = try workshop.zoo(arguments)
        #expect(again.status == 0)
        #expect(!again.standardOutput.contains("nothing computed"))
        try workshop.done("verify")
    }

    @Test func aVersionOfWhichNothingCanBeReadIsRemovedByForce() throws {
        let workshop = try Workshop(.base)
        for name in ["evil", "worse"] {
            let folder = workshop.home.appendingPathComponent("refs/\(name)/versions")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: folder.appendingPathComponent("1"))
        }
        for arguments in [["gc"], ["gc", "--dry-run"]] {
            let careful = try workshop.zoo(arguments)
            #expect(careful.status == 5)
            #expect(careful.standardOutput.isEmpty)
            #expect(careful.standardError.contains("what evil@1 needs cannot be told"))
            #expect(careful.standardError.contains("refs/evil/versions/1: expected one digest"))
            #expect(careful.standardError.contains("`zoo verify --heal`"))
            #expect(careful.standardError.contains("`zoo rm evil@1 --force`"))
        }
        let use = try workshop.zoo("du")
        #expect(use.status == 5)
        #expect(use.standardOutput.contains("base@1") && use.standardOutput.contains("blobs"))
        #expect(!use.standardOutput.contains("would free"))
        #expect(use.standardError.contains("left out evil@1: ") && use.standardError.contains("left out worse@1: "))
        #expect(try workshop.zoo("du", "evil").status == 5)
        #expect(try workshop.zoo("du", "nothing").status == 3)
        let refused = try workshop.zoo("rm", "evil@1")
        #expect(refused.status == 5)
        #expect(refused.standardError.contains("zoo rm evil@1 --force"))
        #expect(try workshop.done("rm", "evil@1", "--force").contains("removed evil@1"))
        try workshop.done("rm", "worse", "--force")
        try workshop.done("gc")
        #expect(try workshop.json("du").count("problems") == 0)
        try workshop.done("verify")
        #expect(try workshop.json("ls").count() == 1)
        #expect(try workshop.zoo("rm", "evil@1", "--force").status == 3)
    }

    @Test func whatIsLeftIsHealedAndSaid() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("tag", "base@1", "production", "--protect")
        try workshop.done("note", "base", "first line\nsecond line")
        #expect(try workshop.done("card", "base").contains(": first line\n  second line\n"))
        for path in ["refs/base/versions/1", "logs/base.jsonl", "mirrors/lab.json"] {
            let file = workshop.home.appendingPathComponent(path)
            var bytes = try Data(contentsOf: file)
            bytes[20] ^= 1
            try bytes.write(to: file)
        }
        #expect(try workshop.zoo("verify").status == 5)
        let mirrors = try workshop.json("mirror", "list")
        #expect(mirrors.string("0.kind") == "damaged")
        #expect(try workshop.zoo("mirror", "check").status == 1)
        let healed = try workshop.zoo("verify", "--heal")
        #expect(healed.status == 0, "\(healed.standardOutput)\(healed.standardError)")
        for words in ["refs/base/versions/1: is sha256:", "zoo mirror add lab", "is base@1, protected"] {
            #expect(healed.standardOutput.contains(words), "\(words)")
        }
        try workshop.done("verify")
        #expect(try workshop.json("show", "base:production").string("version.name") == "base")
    }

    @Test func aModelIsHealedByItsNameAlone() throws {
        let workshop = try Workshop(.base)
        let refs = workshop.home.appendingPathComponent("refs")
        for name in ["base", "base@1"] {
            try Data("x".utf8).write(to: refs.appendingPathComponent("base/versions/1"))
            #expect(try workshop.zoo("verify", name).status == 5)
            #expect(try workshop.done("verify", name, "--heal").contains("healed refs/base/versions/1: is sha256:"))
            try FileManager.default.removeItem(at: refs.appendingPathComponent("base"))
            #expect(try workshop.done("verify", name, "--heal").contains("zoo rm base@1 if it was to go"))
            try workshop.done("verify")
        }
        #expect(try workshop.zoo("verify", "bass", "--heal").status == 3)
        #expect(try workshop.zoo("verify", "base@2").status == 3)
    }

    @Test func whatCannotBeMappedIsNotDamaged() throws {
        let workshop = try Workshop(.empty)
        let folder = workshop.folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: Sample.compactBase, to: folder)
        // One tensor is one blob: far larger than anything else that needs address space.
        let size = 200 << 20
        var header = Data("{\"w\":{\"dtype\":\"U8\",\"shape\":[\(size)],\"data_offsets\":[0,\(size)]}}".utf8)
        header.append(Data(repeating: 0x20, count: 7 - (header.count + 7) % 8))
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { header.insert(contentsOf: $0, at: 0) }
        let tensor = folder.appendingPathComponent("extra.safetensors")
        try header.write(to: tensor)
        #expect(truncate(tensor.path, header.count + size) == 0)
        try workshop.done("import", "model", "--as", "base")
        let before = try workshop.listing().filter { $0.hasPrefix("blobs/") }
        var outcome = Outcome(status: 0, standardOutput: "", standardError: "")
        // How much the program itself needs depends on its libraries, so from more than enough downwards.
        var limit = 1_400_000
        while outcome.status == 0, limit > 0 {
            outcome = try ZooProcess(
                ["-c", "ulimit -v \(limit); exec \"\(ZooProcess.binary.path)\" verify --heal"],
                executable: URL(fileURLWithPath: "/bin/sh"), home: workshop.home, folder: workshop.folder
            ).finish()
            limit -= 80_000
        }
        #expect(outcome.status == 6)
        #expect(outcome.standardOutput.contains("cannot map"))
        #expect(outcome.standardOutput.contains("could not be read"))
        #expect(try workshop.listing().filter { $0.hasPrefix("blobs/") } == before)
        try workshop.done("verify")
    }

    @Test(arguments: ["garbage", "another version of it"]) func anUnusableIndexIsMadeAgain(kind: String) throws {
        let workshop = try Workshop(.reviews)
        let list = try workshop.done("ls", "--json")
        let index = workshop.home.appendingPathComponent("catalog.sqlite")
        if kind == "garbage" {
            try Data(repeating: 0x5A, count: 4096).write(to: index)
        } else {
            // The number of the tables' version is kept at byte 60 of the file's header.
            var bytes = try Data(contentsOf: index)
            bytes[60] = 0x70
            try bytes.write(to: index)
        }
        #expect(try workshop.done("ls", "--json") == list)
        #expect(try workshop.done("ls", "--json") == list)
    }

    @Test func twoPullsAtOnceMakeOneVersion() throws {
        let workshop = try Workshop()
        try workshop.done("mirror", "add", "lab", Sample.mirror.path)
        let pulls = try (0..<3).map { _ in
            try ZooProcess(
                ["pull", "minilm-l3-compact", "--as", "base"], home: workshop.home, folder: workshop.folder)
        }
        for pull in pulls { #expect(try pull.finish().status == 0) }
        let list = try workshop.json("ls")
        #expect(list.count() == 1)
        #expect(list.integer("0.version") == 1)
        try workshop.done("verify")
    }

    @Test func aPullThatIsKilledLeavesNothing() throws {
        let workshop = try Workshop()
        try workshop.done("mirror", "add", "lab", Sample.mirror.path)
        for delay in [20_000, 80_000, 150_000] as [UInt32] {
            let pull = try ZooProcess(
                ["pull", "minilm-l3-compact", "--as", "base"], home: workshop.home, folder: workshop.folder)
            usleep(delay)
            pull.send(SIGKILL)
            let ended = try pull.finish()
            // It is whole or not there.
            let count = try #require(try workshop.json("ls").count())
            #expect(ended.status == 0 ? count == 1 : count <= 1)
            try workshop.done("verify")
        }
        #expect(try workshop.json("pull", "minilm-l3-compact", "--as", "base").string("version") == "base@1")
        try workshop.done("gc")
        try workshop.done("verify")
        #expect(try workshop.json("gc", "--dry-run").integer("temporaryFiles") == 0)
    }

    @Test(.enabled(if: Mount.isPossible, "mounting needs a user namespace or root"))
    func aFullDiskLeavesTheRegistryAsItWas() throws {
        let workshop = try Workshop()
        let outcome = try Mount.run(
            """
            mount -t tmpfs -o size=6m tmpfs "$ZOO_HOME" && "$ZOO" mirror add lab "$MIRROR" >added || exit 99
            "$ZOO" pull minilm-l3-compact --as base
            status=$?
            "$ZOO" verify -q >verified && "$ZOO" ls --json >list || exit 98
            find "$ZOO_HOME" -name '*.tmp' >left
            exit $status
            """, in: workshop)
        #expect(outcome.status == 6)
        #expect(outcome.standardOutput.isEmpty)
        #expect(outcome.standardError.hasPrefix("zoo: "))
        #expect(outcome.standardError.contains("No space left on device; free some space"))
        #expect(outcome.standardError.split(separator: "\n").count == 1)
        let list = try Data(contentsOf: workshop.folder.appendingPathComponent("list"))
        #expect(try JSONText(String(decoding: list, as: UTF8.self)).count() == 0)
        #expect(try Data(contentsOf: workshop.folder.appendingPathComponent("left")).isEmpty)
    }

    @Test(.enabled(if: Mount.isPossible, "mounting needs a user namespace or root"))
    func aFineTuneOnAFullDiskMakesNoVersion() throws {
        let workshop = try Workshop(.base)
        try FileManager.default.moveItem(at: workshop.home, to: workshop.folder.appendingPathComponent("original"))
        let outcome = try Mount.run(
            """
            mount -t tmpfs -o size=24m tmpfs "$ZOO_HOME" && cp -R original/. "$ZOO_HOME" || exit 99
            "$ZOO" ls >before
            "$ZOO" finetune base --task sentiment --data reviews.csv --epochs 1 -q
            status=$?
            "$ZOO" verify >verified && "$ZOO" ls >after && cmp before after || exit 98
            exit $status
            """, in: workshop)
        #expect(outcome.status == 6)
        #expect(outcome.standardError.contains("No space left on device; free some space"))
        #expect(outcome.standardError.split(separator: "\n").count == 1)
    }

    @Test(
        .enabled(if: Mount.isPossible, "mounting needs a user namespace or root"),
        arguments: [
            "pull minilm-l3-compact --as other", "tag base first", "rm reviews", "gc",
            "finetune base --task sentiment --data reviews.csv --freeze all --name other -q",
        ])
    func aReadOnlyRegistryIsLeftAlone(command: String) throws {
        let workshop = try Workshop(.reviews)
        let before = try workshop.listing()
        let readOnly = "mount --bind \"$ZOO_HOME\" \"$ZOO_HOME\" && mount -o remount,bind,ro \"$ZOO_HOME\" || exit 99\n"
        let refused = try Mount.run(readOnly + "\"$ZOO\" \(command)", in: workshop)
        #expect(refused.status == 6)
        #expect(refused.standardOutput.isEmpty)
        #expect(refused.standardError.hasPrefix("zoo: "))
        #expect(refused.standardError.split(separator: "\n").count == 1)
        #expect(refused.standardError.contains("read-only"))
        #expect(try workshop.listing() == before)
        // What only reads works.
        let read = try Mount.run(readOnly + "\"$ZOO\" ls && \"$ZOO\" predict reviews 'a film'", in: workshop)
        #expect(read.status == 0)
    }

    @Test func outputThatCannotBeWrittenIsSaid() throws {
        let workshop = try Workshop(.base)
        let shell = URL(fileURLWithPath: "/bin/sh")
        let command = "\"\(ZooProcess.binary.path)\" ls > /dev/full"
        let outcome = try ZooProcess(
            ["-c", command], executable: shell, home: workshop.home, folder: workshop.folder
        ).finish()
        #expect(outcome.status == 6)
        #expect(outcome.standardError == "zoo: cannot write to standard output: No space left on device\n")
    }
}

/// Commands with mounts of their own.
private enum Mount {
    /// Whether this user may mount.
    static let isPossible: Bool = {
        guard let workshop = try? Workshop() else { return false }
        return (try? run("mount -t tmpfs tmpfs \"$ZOO_HOME\"", in: workshop))?.status == 0
    }()

    /// Runs a shell script where mounts are seen by nobody else.
    static func run(_ script: String, in workshop: Workshop) throws -> Outcome {
        try FileManager.default.createDirectory(at: workshop.home, withIntermediateDirectories: true)
        return try ZooProcess(
            ["unshare", "--mount", "--map-root-user", "/bin/sh", "-c", script],
            executable: URL(fileURLWithPath: "/usr/bin/env"), home: workshop.home, folder: workshop.folder,
            environment: ["ZOO": ZooProcess.binary.path, "MIRROR": Sample.mirror.path]
        ).finish()
    }
}
