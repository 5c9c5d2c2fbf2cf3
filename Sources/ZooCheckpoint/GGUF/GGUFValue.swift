/// The type of a metadata value, by its number in the file.
public enum GGUFValueType: UInt32, Sendable {
    case u8, i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

    /// Bytes a value takes; nil for strings and arrays, which say it themselves.
    var byteCount: Int? {
        switch self {
        case .u8, .i8, .bool: 1
        case .u16, .i16: 2
        case .u32, .i32, .f32: 4
        case .u64, .i64, .f64: 8
        case .string, .array: nil
        }
    }

    /// The fewest bytes a value takes.
    var leastByteCount: Int { byteCount ?? (self == .string ? 8 : 12) }

    /// What several are called.
    var plural: String {
        switch self {
        case .string: "strings"
        case .array: "arrays"
        case .bool: "truth values"
        default: "\(self) values"
        }
    }
}

/// A metadata value.
public enum GGUFValue: Sendable, Hashable, CustomStringConvertible {
    /// Of the unsigned types.
    case unsigned(UInt64)
    /// Of the signed types.
    case signed(Int64)
    /// Of type f32.
    case float(Float)
    /// Of type f64.
    case double(Double)
    /// Of type bool.
    case bool(Bool)
    /// A string.
    case string(String)
    /// An array.
    case array([GGUFValue])

    /// A string as it is; anything else as JSON has it.
    public var description: String { if case .string(let text) = self { text } else { element } }

    /// The value inside an array: strings in quotes.
    private var element: String {
        switch self {
        case .unsigned(let value): "\(value)"
        case .signed(let value): "\(value)"
        case .float(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .string(let value): CheckpointError.quoted(value)
        case .array(let values): "[" + values.map(\.element).joined(separator: ", ") + "]"
        }
    }
}
