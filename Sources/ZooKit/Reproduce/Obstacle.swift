/// Why a step cannot be made again: a reason for people, not a failure of the command.
struct Obstacle: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
