import Glibc

/// The parser that `ZOO_FUZZ_PARSER` names.
private let accepts: @Sendable ([UInt8]) -> Bool = {
    let name = getenv("ZOO_FUZZ_PARSER").map { String(cString: $0) } ?? ""
    guard let parser = parsers.first(where: { $0.name == name }) else {
        print("ZOO_FUZZ_PARSER must be one of " + parsers.map(\.name).joined(separator: ", "))
        // exit() would be a finding of libFuzzer's.
        fflush(nil)
        _exit(2)
    }
    atexit { print("accepted \(accepted) of \(executed)") }
    return parser.accepts
}()

// libFuzzer calls from one thread only.
nonisolated(unsafe) private var executed = 0
nonisolated(unsafe) private var accepted = 0

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let isAccepted = accepts(Array(UnsafeBufferPointer(start: data, count: size)))
    executed += 1
    if isAccepted { accepted += 1 }
    return 0
}
