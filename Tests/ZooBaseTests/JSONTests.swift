import Testing
import ZooBase

@Suite struct JSONTests {
    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", JSONError.Reason.duplicateName), ("[1,]", .unexpectedCharacter), ("", .unexpectedEnd),
        ("01", .invalidNumber), ("1.", .invalidNumber), (String(repeating: "9", count: 400), .numberOutOfRange),
        ("1e999", .numberOutOfRange), ("\"\\x\"", .invalidEscape), ("\"\\ud800\"", .invalidEscape),
        ("\"\u{1}\"", .controlCharacter), ("1 2", .trailingBytes), ("nul", .unexpectedEnd), ("{\"a\"", .unexpectedEnd),
        (String(repeating: "[", count: 200), .tooDeep),
    ])
    func refuses(text: String, reason: JSONError.Reason) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.reason == reason)
    }

    @Test func refusesBytesThatAreNotUTF8() {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
        #expect(error?.reason == .invalidUTF8)
    }

    @Test func keepsIntegersExact() throws {
        #expect(try JSONParser.parse("9223372036854775807") == .integer(.max))
        #expect(try JSONParser.parse("-9223372036854775808") == .integer(.min))
        #expect(try JSONParser.parse("1.0") == .number(1))
        let large = try JSONParser.parse("1000000000000000019884624838656")
        #expect(large == .number(1e30) && large.integer == nil)
    }

    @Test func namesThatLookAlikeAreDifferent() throws {
        // é as one scalar and as two: canonically equivalent, yet two names.
        let value = try JSONParser.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test func decodesEscapes() throws {
        #expect(try JSONParser.parse("\"\\u0041\\n\\ud83d\\ude00\\/\"") == .string("A\n😀/"))
    }

    @Test func canonicalTextIsSortedAndReadsBack() throws {
        let value: JSON = ["b": [1, 2.5, nil as JSON? ?? .null], "a": ["x\u{0}\"": true]]
        let text = value.text(.canonical)
        #expect(text == "{\"a\":{\"x\\u0000\\\"\":true},\"b\":[1,2.5,null]}")
        #expect(try JSONParser.parse(text).text(.canonical) == text)
        #expect(try JSONParser.parse(value.text(.pretty)) == value)
    }
}
