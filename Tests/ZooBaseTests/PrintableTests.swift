import Testing
import ZooBase

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain text", "plain text"), ("naïve café 中文 👩‍🔬", "naïve café 中文 👩‍🔬"),
        ("\u{1B}[31mred", "\\u{1b}[31mred"), ("two\nlines\r\n", "two\\u{a}lines\\u{d}\\u{a}"),
        ("\u{7F}\u{9B}31m\u{85}", "\\u{7f}\\u{9b}31m\\u{85}"), ("a\u{202E}gnp.exe", "a\\u{202e}gnp.exe"),
        ("\u{2028}\u{200B}", "\\u{2028}\\u{200b}"),
    ])
    func whatCouldSteerATerminalIsEscaped(_ text: String, _ expected: String) {
        #expect(text.printable == expected)
        #expect(expected.printable == expected)
    }

    @Test func sumsStopAtTheLargestNumber() {
        #expect([1, 2, 3].boundedSum == 6)
        #expect([Int.max, 1, 5].boundedSum == .max)
    }
}
