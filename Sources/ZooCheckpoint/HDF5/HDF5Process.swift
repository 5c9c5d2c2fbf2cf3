internal import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The process that runs libhdf5: `zoo hdf5-child`, with the file's descriptors, a stream and hardly an environment.
///
/// It ends when this does.
struct HDF5Process: ~Copyable {
    /// How long it may be silent, in milliseconds; its own limit on computing time is far lower.
    private static let patience: Int32 = 120_000
    /// The status it ends with when there is no libhdf5.
    private static let noLibrary: Int32 = 3

    private let process: pid_t
    /// To and from its standard input and output.
    private let stream: Descriptor
    private let file: String
    private var hasEnded = false

    /// Starts it with copies of `descriptors` from number 3 on; errors call the file `file`.
    ///
    /// - Throws: `CheckpointError`.
    init(_ arguments: [String], descriptors: [Descriptor], file: String) throws(CheckpointError) {
        guard let program = HDF5Program.path else { throw .malformed(file: file, .hdf5NoProgram) }
        let ends: (Descriptor, Descriptor)
        var given: [Descriptor] = []
        do {
            ends = try Descriptor.sockets()
            // Where the process has its descriptors none of ours may be.
            let least = Int32(descriptors.count) + 3
            for descriptor in [ends.1] + descriptors { given.append(try descriptor.copy(from: least)) }
        } catch { throw .file(error) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, given[0].number, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, given[0].number, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        for (place, descriptor) in given.dropFirst().enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor.number, Int32(place) + 3)
        }
        var process: pid_t = 0
        var words = unsafe (["zoo", "hdf5-child"] + arguments).map { unsafe strdup($0) } + [nil]
        var environment = unsafe HDF5Program.environment.map { unsafe strdup($0) } + [nil]
        let code = unsafe posix_spawn(&process, program, &actions, nil, &words, &environment)
        for place in unsafe words.indices { unsafe free(words[place]) }
        for place in unsafe environment.indices { unsafe free(environment[place]) }
        guard code == 0 else { throw .file(FileError("run", program, errno: code)) }
        self.process = process
        self.file = file
        stream = ends.0
    }

    deinit { if !hasEnded { _ = Self.end(process) } }

    /// Ends the process, if it has not ended by itself; the status it ended with.
    private static func end(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        kill(process, SIGKILL)
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Sends `bytes`.
    ///
    /// - Throws: `CheckpointError` when it no longer listens.
    mutating func send(_ bytes: [UInt8]) throws(CheckpointError) {
        var sent = 0
        while sent < bytes.count {
            // Without the signal that would end this process too when the other has ended.
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
                return unsafe Glibc.send(stream.number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw ending()
            }
            sent += count
        }
    }

    /// Receives at least one byte and at most as many as fit `memory`; 0 when no more will come.
    ///
    /// - Throws: `CheckpointError` when it is silent too long.
    func receive(some memory: UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Int {
        while true {
            var wait = pollfd(fd: stream.number, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wait, 1, Self.patience)
            if ready == 0 { throw .malformed(file: file, .hdf5TimeLimit) }
            let count = ready < 0 ? -1 : unsafe read(stream.number, memory.baseAddress, memory.count)
            if count >= 0 { return count }
            // It ended before it had read all that was sent.
            if errno == ECONNRESET { return 0 }
            guard errno == EINTR else { throw .file(FileError("read", file)) }
        }
    }

    /// Receives as many bytes as fit `memory`.
    ///
    /// - Throws: `CheckpointError` when it ends before.
    mutating func receive(all memory: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        var received = 0
        while received < memory.count {
            let count = try unsafe receive(some: UnsafeMutableRawBufferPointer(rebasing: memory[received...]))
            if count == 0 { throw ending() }
            received += count
        }
    }

    /// Receives a little-endian number of `count` bytes.
    ///
    /// - Throws: `CheckpointError` when it ends before.
    mutating func receiveNumber(_ count: Int) throws(CheckpointError) -> UInt64 {
        var value: UInt64 = 0
        let outcome = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            Result { () throws(CheckpointError) in
                try unsafe receive(all: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
            }
        }
        try outcome.get()
        return UInt64(littleEndian: value)
    }

    /// Receives `count` bytes.
    ///
    /// - Throws: `CheckpointError` when it ends before.
    mutating func receive(_ count: Int) throws(CheckpointError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let outcome = unsafe bytes.withUnsafeMutableBytes { memory in
            Result { () throws(CheckpointError) in try unsafe receive(all: memory) }
        }
        try outcome.get()
        return bytes
    }

    /// Receives its first answer: parts, each its length in four bytes and its bytes, until one without.
    ///
    /// - Throws: `CheckpointError` when it ends before, and when there are more than `limit` bytes.
    mutating func receiveParts(limit: Int) throws(CheckpointError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let count = Int(try receiveNumber(4))
            guard count > 0 else { return bytes }
            guard count <= limit - bytes.count else { throw .malformed(file: file, .hdf5Memory) }
            bytes += try receive(count)
        }
    }

    /// Why it came to an end.
    mutating func ending() -> CheckpointError {
        guard !hasEnded else { return .malformed(file: file, .hdf5Crashed("had stopped")) }
        hasEnded = true
        let status = Self.end(process)
        let signal = status & 0x7F
        if signal == 0 && status >> 8 & 0xFF == Self.noLibrary { return .malformed(file: file, .hdf5NoLibrary) }
        if signal == SIGXCPU { return .malformed(file: file, .hdf5TimeLimit) }
        let ending = signal == 0 ? "stopped with status \(status >> 8 & 0xFF)" : "crashed with signal \(signal)"
        return .malformed(file: file, .hdf5Crashed(ending))
    }
}
