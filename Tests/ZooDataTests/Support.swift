import Foundation
import ZooBase

@testable import ZooData

/// A file that lives as long as `body` runs.
func withFile<Result>(
    _ name: String = "data.csv", _ bytes: [UInt8], _ body: (String) throws -> Result
) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-data-\(UUID())").path
    try FilePaths.makeFolder(folder)
    defer { try? FilePaths.remove(folder) }
    let path = FilePaths.join(folder, name)
    try AtomicFile.write(bytes, to: path)
    return try body(path)
}

func withFile<Result>(_ name: String = "data.csv", _ text: String, _ body: (String) throws -> Result) throws -> Result {
    try withFile(name, Array(text.utf8), body)
}

/// What reading `text` gives.
func dataset(_ text: String, as name: String = "data.csv", _ change: (inout DatasetOptions) -> Void = { _ in }) throws
    -> Dataset
{
    var options = DatasetOptions()
    change(&options)
    return try withFile(name, text) { try Dataset(reading: $0, options: options) }
}

/// The name of the case that `body` fails with, to compare where the rest does not matter.
func caseName(_ error: DataError?) -> String? {
    error.map { String(String(describing: Mirror(reflecting: $0).children.first?.label ?? "\($0)")) }
}

/// What is wrong with reading `bytes`; nil when nothing is.
func failure(_ bytes: [UInt8], as name: String = "data.csv", _ change: (inout DatasetOptions) -> Void = { _ in }) throws
    -> DataError?
{
    var options = DatasetOptions()
    change(&options)
    return try withFile(name, bytes) { path in
        do {
            _ = try Dataset(reading: path, options: options)
            return nil
        } catch { return error as? DataError }
    }
}

func failure(_ text: String, as name: String = "data.csv", _ change: (inout DatasetOptions) -> Void = { _ in }) throws
    -> DataError?
{
    try failure(Array(text.utf8), as: name, change)
}

func rows(_ pairs: [(String, String?)]) -> [DataRow] {
    pairs.enumerated().map { DataRow(text: $1.0, label: $1.1, number: $0 + 1, line: $0 + 1) }
}
