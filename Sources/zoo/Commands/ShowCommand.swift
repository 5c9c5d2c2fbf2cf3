import ArgumentParser
import Foundation
import ZooBase
import ZooKit

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what the registry knows of a version.",
        discussion: "Example: zoo show base")
    @Argument(help: "NAME, NAME@3, NAME:alias or sha256:PREFIX.") var reference: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.show(reference)) { details in
            let summary = details.summary
            Terminal.out(Terminal.bold(summary.reference))
            func line(_ title: String, _ value: String) {
                Terminal.out("  \(title.padding(toLength: 14, withPad: " ", startingAt: 0))\(value)")
            }
            let others = details.names.filter { $0 != summary.reference }
            if !others.isEmpty { line("also called", others.joined(separator: ", ")) }
            line("manifest", summary.digest.description)
            if let weights = details.weightsDigest { line("weights", weights.description) }
            line("made by", "\(summary.operation)\(summary.created.map { ", \($0)" } ?? "")")
            if !summary.aliases.isEmpty { line("aliases", summary.aliases.joined(separator: ", ")) }
            if let architecture = summary.architecture { line("architecture", architecture) }
            if let task = summary.task { line("task", "\(task): \(details.labels.joined(separator: ", "))") }
            if let metric = summary.metric { line("metric", "\(metric.name) \(Format.decimal(metric.value, 4))") }
            for licence in details.licences { line("licence", "\(licence.identifier) (\(licence.source))") }
            if !details.parents.isEmpty { line("made from", details.parents.joined(separator: ", ")) }
            if !details.children.isEmpty { line("base of", details.children.joined(separator: ", ")) }
            for data in details.keptData {
                line("kept data", "\(data.name), \(Format.bytes(data.byteCount))")
            }
            for record in details.records { line("record", "\(record.kind), \(record.time)") }
            Terminal.out("")
            var table = Table("FILE", ">SIZE", "SHA-256")
            for file in details.files { table.add(file.path, Format.bytes(file.byteCount), file.digest?.hex ?? "-") }
            table.print(indent: 2)
        }
    }
}
