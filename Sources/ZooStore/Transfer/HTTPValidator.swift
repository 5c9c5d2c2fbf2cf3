import Glibc

/// A server's word for the bytes of a document: its strong entity tag (RFC 9110, section 8.8.3).
struct HTTPValidator: Equatable {
    /// As it stands in the head, in quotes.
    let text: String

    /// How long a document must have been as it is: tags made from its time and size do not tell apart what was written
    /// within one second.
    private static let settlingSeconds = 2

    /// The tag that a document came with; nil without one, for a weak one, and for a document so new that its next change
    /// might leave the tag as it is (section 8.8.2.2).
    init?(_ head: HTTPHead) {
        guard let text = head["etag"], Self.isStrong(text) else { return nil }
        if let modified = head["last-modified"] {
            guard let modified = Self.seconds(modified), let now = head["date"].flatMap(Self.seconds),
                now - modified >= Self.settlingSeconds
            else { return nil }
        }
        self.text = text
    }

    /// Reads what `stored` gave.
    init?(stored bytes: [UInt8]) {
        let text = String(decoding: bytes.dropLast(), as: UTF8.self)
        guard bytes.last == 0, Self.isStrong(text) else { return nil }
        self.text = text
    }

    /// Its text and a zero.
    var stored: [UInt8] { Array(text.utf8) + [0] }

    private static func isStrong(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count >= 2 && bytes.count <= 1024 && bytes.first == UInt8(ascii: "\"")
            && bytes.last == UInt8(ascii: "\"")
            && bytes.dropFirst().dropLast().allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
    }

    /// The seconds since 1970 of a time as in `Sun, 06 Nov 1994 08:49:37 GMT` (section 5.6.7).
    private static func seconds(_ text: String) -> Int? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: words[2]) else { return nil }
        let numbers = ([words[1], words[3]] + words[4].split(separator: ":").map(String.init)).compactMap { Int32($0) }
        guard numbers.count == 5, numbers.allSatisfy({ (0..<10_000).contains($0) }), numbers[1] >= 1900 else {
            return nil
        }
        var time = tm()
        time.tm_mday = numbers[0]
        time.tm_mon = Int32(month)
        time.tm_year = numbers[1] - 1900
        (time.tm_hour, time.tm_min, time.tm_sec) = (numbers[2], numbers[3], numbers[4])
        return timegm(&time)
    }
}
