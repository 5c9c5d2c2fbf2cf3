import Glibc

/// The time of day, for records and logs; never for anything that is hashed.
enum Clock {
    /// The time as RFC 3339 writes it, `2026-03-01T12:00:00Z`.
    static func now() -> String { text(time(nil)) }

    /// When the file at `path` was last written; now, when that cannot be found out.
    static func written(_ path: String) -> String {
        var info = stat()
        return stat(path, &info) == 0 ? text(info.st_mtim.tv_sec) : now()
    }

    private static func text(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day = "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
        return "\(day)T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
    }

    private static func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
