import CHDF5Child
import Foundation

// A reader that closes early (`zoo ls | head`) ends the program quietly instead of with an error about the pipe.
signal(SIGPIPE, SIG_DFL)

// OpenBLAS starts a thread for every further core as it is loaded, and each turns on the spot for a tenth of a second.
// The engine has threads of its own, so these are ended; the serial variant of the library has none to end.
if let end = dlsym(nil, "blas_thread_shutdown_") {
    _ = unsafeBitCast(end, to: (@convention(c) () -> CInt).self)()
}

// The child that runs libhdf5 for one file; see Sources/CHDF5Child.
if CommandLine.argc > 1, CommandLine.arguments[1] == "hdf5-child" {
    exit(hdf5_child_main(CommandLine.argc, CommandLine.unsafeArgv))
}

exit(Entry.run(Array(CommandLine.arguments.dropFirst())).rawValue)
