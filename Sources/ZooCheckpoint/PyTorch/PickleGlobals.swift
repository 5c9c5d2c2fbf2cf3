/// The functions and classes that a pickle may name: those of which a checkpoint is made and that carry no code.
///
/// Nothing is ever looked up or called by its name; the list decides what is read and what is refused.
enum PickleGlobals {
    /// Whether `module.name` is on the list.
    static func carriesNoCode(_ module: String, _ name: String) -> Bool {
        switch module {
        case "torch":
            ["Size", "device", "Tensor"].contains(name) || TorchElement.types[name] != nil || isStorage(name)
        case "torch.cuda": isStorage(name)
        case "torch.storage": ["UntypedStorage", "TypedStorage"].contains(name)
        case "torch.nn.parameter": ["Parameter", "Buffer"].contains(name)
        case "torch._utils":
            [
                "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
                "_rebuild_parameter_with_state",
            ].contains(name)
        case "collections": ["OrderedDict", "defaultdict", "Counter"].contains(name)
        case "builtins", "__builtin__":
            [
                "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object",
                "set", "slice", "str", "tuple", "unicode",
            ].contains(name)
        case "_codecs": name == "encode"
        case "numpy": name == "dtype" || name == "ndarray"
        case "numpy.core.multiarray", "numpy._core.multiarray": name == "scalar" || name == "_reconstruct"
        case "numpy.dtypes": name.hasSuffix("DType")
        default: false
        }
    }

    private static func isStorage(_ name: String) -> Bool { storageType(name) != nil }

    /// The element type of the storage class `name`, such as `FloatStorage`; nil when it is none.
    static func storageType(_ name: String) -> TorchElement? {
        name.hasSuffix("Storage") ? TorchElement.storages[String(name.dropLast("Storage".count))] : nil
    }
}
