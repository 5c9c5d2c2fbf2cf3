internal import ZooBase

/// Where in the machine's arena a value is; containers change after they were referred to.
typealias PickleReference = Int32

/// What a pickle makes: plain data, and the few objects a checkpoint is made of.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case bytes([UInt8])
    case tuple([PickleReference])
    case list([PickleReference])
    /// Pairs in the order in which they were set.
    case dictionary(PickleDictionary)
    /// A function or class of the list, by its whole name.
    case global(String)
    case storage(TorchStorage)
    case tensor(TorchTensor)
    /// Something of no interest here: a set, a device, an integer of many digits.
    case opaque(String)
}

/// A dictionary, ordered or not, with the attributes that a pickle may give it.
struct PickleDictionary: Sendable {
    var pairs: [(key: PickleReference, value: PickleReference)] = []
    /// What `BUILD` gave it.
    var attributes: PickleReference?
}

/// A storage as a pickle names it.
struct TorchStorage: Sendable {
    /// What its elements are; nil for one that is counted in bytes.
    let type: TorchElement?
    /// Its name in the file.
    let key: String
    /// Its first element, counted from the first of the storage in the file.
    let offset: Int
    /// How many elements, or bytes, it has.
    let count: Int
}

/// A tensor as a pickle describes it; nothing of it is checked.
struct TorchTensor: Sendable {
    let storage: TorchStorage
    let type: TorchElement
    let offset: Int
    let sizes: [Int]
    let strides: [Int]
}

/// An element type of torch.
enum TorchElement: Sendable, Hashable {
    case known(DType)
    /// One that has no `DType`: its name and the bytes it takes.
    case other(String, Int)

    /// Bytes an element takes.
    var byteWidth: Int {
        switch self {
        case .known(let dtype): dtype.bitWidth / 8
        case .other(_, let width): width
        }
    }

    /// By the names of the classes of typed storages, without "Storage".
    static let storages: [String: TorchElement] = [
        "Double": .known(.f64), "Float": .known(.f32), "Half": .known(.f16), "BFloat16": .known(.bf16),
        "Long": .known(.i64), "Int": .known(.i32), "Short": .known(.i16), "Char": .known(.i8), "Byte": .known(.u8),
        "Bool": .known(.bool), "ComplexFloat": .known(.c64), "ComplexDouble": .other("complex128", 16),
        "QInt8": .other("qint8", 1), "QUInt8": .other("quint8", 1), "QInt32": .other("qint32", 4),
    ]

    /// By the names of `torch.dtype`.
    static let types: [String: TorchElement] = [
        "float64": .known(.f64), "float32": .known(.f32), "float16": .known(.f16), "bfloat16": .known(.bf16),
        "int64": .known(.i64), "int32": .known(.i32), "int16": .known(.i16), "int8": .known(.i8), "uint8": .known(.u8),
        "bool": .known(.bool), "complex64": .known(.c64), "uint16": .known(.u16), "uint32": .known(.u32),
        "uint64": .known(.u64), "float8_e5m2": .known(.f8e5m2), "float8_e4m3fn": .known(.f8e4m3),
        "float8_e5m2fnuz": .known(.f8e5m2fnuz), "float8_e4m3fnuz": .known(.f8e4m3fnuz),
        "float8_e8m0fnu": .known(.f8e8m0), "complex128": .other("complex128", 16), "complex32": .other("complex32", 4),
        "float4_e2m1fn_x2": .other("float4_e2m1fn_x2", 1), "qint8": .other("qint8", 1), "quint8": .other("quint8", 1),
        "qint32": .other("qint32", 4),
    ]
}
