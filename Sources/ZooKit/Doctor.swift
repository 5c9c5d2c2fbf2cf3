import Glibc
internal import ZooBase
internal import ZooStore
internal import ZooTensor

extension Registry {
    /// Libraries, processor, kernels in use, and the registry's health as far as a quick look tells.
    public func doctor() throws -> DoctorResult {
        let kernels = KernelSet.current
        var warnings = EngineNotice.current.map(\.description)
        if kernels.instructionSet == "baseline" {
            warnings.append("this processor has no AVX2: training will be many times slower")
        }
        let registry = registryLines(&warnings)
        return DoctorResult(
            sections: [
                ("program", [("version", ZooVersion.number), ("numerics version", "\(numericsVersion)")]),
                (
                    "compute",
                    [
                        ("kernels", kernels.instructionSet), ("oneDNN", kernels.oneDNN),
                        ("OpenBLAS", "\(kernels.openBLAS), core \(kernels.openBLASCore)"),
                        ("processor", Self.processor), ("threads", "\(Threads.available)"),
                        ("memory", "\(Self.memory / 1_000_000) MB"),
                    ]
                ), ("registry", registry),
            ], warnings: warnings)
    }

    private func registryLines(_ warnings: inout [String]) -> [(name: String, value: String)] {
        var lines = [("home", home)]
        guard FilePaths.isFolder(home) else { return lines + [("state", "not there yet; the first pull makes it")] }
        if access(home, W_OK) != 0 { warnings.append("\(home) cannot be written to: only reading verbs will work") }
        var space = statvfs()
        if statvfs(home, &space) == 0 {
            let free = Int(space.f_bavail) * Int(space.f_frsize)
            lines.append(("free space", "\(free / 1_000_000) MB"))
            if free < 1_000_000_000 { warnings.append("less than 1 GB is free beside \(home)") }
        }
        do {
            let versions = try reading.versions()
            lines.append(("versions", "\(versions.count)"))
            for version in versions { _ = try reading.manifest(of: version) }
            lines.append(("manifests", "all readable (zoo verify reads every byte)"))
        } catch {
            warnings.append("\(error)")
        }
        return lines
    }

    /// The processor's name as the kernel gives it.
    private static var processor: String {
        guard let bytes = try? procFile("/proc/cpuinfo") else { return "unknown" }
        let line = bytes.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }

    private static var memory: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }

    /// Reads a file whose size the kernel does not tell.
    private static func procFile(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(descriptor, &chunk, chunk.count)
        return String(decoding: chunk[..<max(0, count)], as: UTF8.self)
    }
}
