import ArgumentParser
import Foundation
import ZooBase

// A reader that closes early (`zoo ls | head`) ends the program quietly instead of with an error about the pipe.
signal(SIGPIPE, SIG_DFL)
setvbuf(unsafe stdout, nil, _IOFBF, 1 << 16)

exit(Entry.run(Array(CommandLine.arguments.dropFirst())).rawValue)
