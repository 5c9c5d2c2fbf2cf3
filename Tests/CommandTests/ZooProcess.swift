import Foundation

/// What a run of the program left.
struct Outcome {
    /// The exit status; 128 + the signal's number when a signal ended it.
    let status: Int32
    let standardOutput: String
    let standardError: String
}

/// The program, run as a user runs it.
final class ZooProcess {
    /// The program beside the tests, unless `ZOO_BINARY` names another.
    static let binary: URL = {
        if let path = ProcessInfo.processInfo.environment["ZOO_BINARY"] { return URL(fileURLWithPath: path) }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("zoo")
    }()

    /// The root of the source tree.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private let process = Process()
    private let outputFile: URL
    private let errorFile: URL

    /// Starts `executable` (the program, when nil) in `folder`.
    ///
    /// Output goes to files, so that no pipe can fill up and what is written so far can be looked at.
    init(
        _ arguments: [String], executable: URL? = nil, home: URL, folder: URL, input: Data = Data(),
        environment: [String: String] = [:]
    ) throws {
        let scratch = folder.appendingPathComponent(".command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        outputFile = scratch.appendingPathComponent("output")
        errorFile = scratch.appendingPathComponent("error")
        let inputFile = scratch.appendingPathComponent("input")
        try Data().write(to: outputFile)
        try Data().write(to: errorFile)
        try input.write(to: inputFile)
        var variables = ProcessInfo.processInfo.environment
        // It changes which kernels compute, and so the bits of a result.
        variables["OPENBLAS_CORETYPE"] = nil
        variables["ZOO_HOME"] = home.path
        variables.merge(environment) { $1 }
        process.executableURL = executable ?? Self.binary
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = variables
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        // The threads that tests run on block signals, and a child inherits what its parent blocks.
        var none = sigset_t()
        var blocked = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try process.run()
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], home: URL, folder: URL, input: Data = Data(), environment: [String: String] = [:]
    ) throws -> Outcome {
        try ZooProcess(arguments, home: home, folder: folder, input: input, environment: environment).finish()
    }

    /// Waits until it ends; one that hangs is killed after two minutes.
    func finish() throws -> Outcome {
        let watchdog = DispatchWorkItem { [id = process.processIdentifier] in _ = kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        let signalled = process.terminationReason == .uncaughtSignal
        return Outcome(
            status: signalled ? 128 + process.terminationStatus : process.terminationStatus,
            standardOutput: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            standardError: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
    }

    /// Waits until `text` was written to standard output; false when it ended before.
    func wait(for text: String) throws -> Bool {
        let wanted = Data(text.utf8)
        while process.isRunning {
            if try Data(contentsOf: outputFile).range(of: wanted) != nil { return process.isRunning }
            usleep(2_000)
        }
        return false
    }

    /// Sends a signal, such as the `SIGINT` of Ctrl-C.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }
}
