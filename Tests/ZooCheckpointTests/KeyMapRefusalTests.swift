import Testing
import ZooBase

@testable import ZooCheckpoint

@Suite struct KeyMapRefusalTests {
    private func state(_ names: String...) throws -> StateDict {
        try StateDict(names.map { TensorView($0, .u8, Array("\($0.last!)".utf8)) })
    }

    private static func text(rules: String, dialects: String = #"{"a":{"summary":""},"b":{"summary":""}}"#) -> String {
        #"{"name":"m","summary":"","dialects":"# + dialects + #","rules":["# + rules + "]}"
    }

    private func map(_ rules: String) throws -> KeyMap { try KeyMap(Array(Self.text(rules: rules).utf8), file: "m") }

    @Test(arguments: [
        "[]", "{}", text(rules: "{}"), text(rules: #"{"b":"x"}"#), text(rules: #"{"a":"x{i}","b":"y"}"#),
        text(rules: #"{"a":"x","c":"y"}"#), text(rules: #"{"a":["x","i j -> j i"]}"#),
        text(rules: #"{"a":"x","b":["y","i j"]}"#), text(rules: #"{"a":"x","b":"y"},{"a":"z","b":"y"}"#),
        text(rules: #"{"a":"x","equals":"y"}"#), text(rules: #"{"a":"{base}x"}"#), text(rules: #"{"a":1}"#),
        text(rules: #"{"a":"x"}"#, dialects: "{}"), text(rules: "", dialects: #"{"a":{}}"#),
        text(rules: "", dialects: #"{"a":{"summary":"","like":"b","replace":{}}}"#),
        text(rules: "", dialects: #"{"a":{"summary":"","suffixes":[]}}"#),
        text(rules: "", dialects: #"{"a":{"summary":"","base":{"alone":""}}}"#),
        text(rules: #"{"a":"x"}"#) + " ", #"{"name":"m","name":"n"}"#,
    ])
    func mapsAreReadStrictly(_ text: String) {
        if text.hasSuffix(" ") {
            #expect(throws: Never.self) { try KeyMap(Array(text.utf8), file: "m") }
        } else {
            #expect(throws: KeyMapError.self) { try KeyMap(Array(text.utf8), file: "m") }
        }
    }

    @Test func whatNoRuleCoversIsNamed() throws {
        let map = try map(#"{"a":"x.{i}","b":"y.{i}"},{"a":"only"}"#)
        #expect(throws: KeyMapError.uncovered(map: "m", dialect: "b", tensors: ["q", "only"])) {
            try map.applied(to: try state("x.1", "q", "only"), to: "b")
        }
        #expect(throws: KeyMapError.notRecognized(map: "m", example: "z")) {
            try map.applied(to: try state("z"), to: "b")
        }
        #expect(throws: KeyMapError.unknownDialect(map: "m", name: "c", known: ["a", "b"])) {
            try map.applied(to: try state("x.1"), to: "c")
        }
    }

    @Test func twoRulesForOneNameAreRefused() throws {
        let double = try map(#"{"a":"x.{i}","b":"y{i}"},{"a":"x.{j}.z","b":"y.{j}"}"#)
        #expect(try double.applied(to: try state("x.1", "x.1.z"), to: "b").state.names == ["y1", "y.1"])
        let same = try map(#"{"a":"x{i}","b":"y{i}"},{"a":"x{j}","b":"z{j}"}"#)
        #expect(throws: KeyMapError.ambiguous(map: "m", tensor: "x7", rules: ["x{i}", "x{j}"])) {
            try same.applied(to: try state("x7"), to: "b")
        }
        let collision = try map(#"{"a":"x{i}","b":"y{i}"},{"a":"z","b":"y1"}"#)
        #expect(throws: KeyMapError.collision(map: "m", name: "y1", tensors: ["x1", "z"])) {
            try collision.applied(to: try state("x1", "z"), to: "b")
        }
    }

    @Test func aRepeatedTensorIsLeftOutOnlyWhenItRepeats() throws {
        let map = try map(
            #"{"a":"x","b":"y"},{"a":"again.x","dropped":"x once more","equals":"x"},{"a":"n","dropped":"no use"}"#)
        let result = try map.applied(to: try state("x", "again.x", "n"), to: "b")
        #expect(result.state.names == ["y"] && result.dropped.map(\.name) == ["again.x", "n"])
        #expect(result.dropped[0].reason == "x once more")
        let other = try StateDict([TensorView("x", .u8, [1] as [UInt8]), TensorView("again.x", .u8, [2] as [UInt8])])
        #expect(throws: KeyMapError.notTied(tensor: "again.x", other: "x")) { try map.applied(to: other, to: "b") }
        #expect(throws: KeyMapError.notTied(tensor: "again.x", other: "x")) {
            try map.applied(to: try state("again.x"), to: "b")
        }
    }
}
