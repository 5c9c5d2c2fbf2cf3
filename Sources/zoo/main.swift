import Foundation

// A reader that closes early (`zoo ls | head`) ends the program quietly instead of with an error about the pipe.
signal(SIGPIPE, SIG_DFL)

exit(Entry.run(Array(CommandLine.arguments.dropFirst())).rawValue)
