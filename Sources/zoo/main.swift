import CHDF5Child
import Foundation
import ZooKit

// A reader that closes early (`zoo ls | head`) ends the program quietly instead of with an error about the pipe.
signal(SIGPIPE, SIG_DFL)

// The child that runs libhdf5 for one file; see Sources/CHDF5Child.
if CommandLine.argc > 1, CommandLine.arguments[1] == "hdf5-child" {
    exit(hdf5_child_main(CommandLine.argc, CommandLine.unsafeArgv))
}

// OpenBLAS starts a thread for every core as it is loaded, which the engine has no use for; where there is no memory for
// one, it tries for ever.
setenv("OPENBLAS_NUM_THREADS", "1", 1)

MemoryExhaustion.onExhaustion { byteCount in
    Terminal.errorPart(
        "zoo: no memory for another \(byteCount >> 20) MiB: end other programs, or lower --batch-size or --threads\n")
    // Not exit: other threads are at work, and half a table that waits to be printed stays unprinted.
    _exit(ExitStatus.resource.rawValue)
}

exit(Entry.run(Array(CommandLine.arguments.dropFirst())).rawValue)
