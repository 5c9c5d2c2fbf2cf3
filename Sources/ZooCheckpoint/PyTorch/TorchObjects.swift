internal import ZooBase

/// What the calls of a torch checkpoint make (torch/_utils.py, torch/serialization.py).
enum TorchObjects {
    /// What calling the global `name` with `arguments` stands for; opaque when that is of no interest, or when the
    /// global is not on the list, which the machine has noted.
    static func made(
        by name: String, _ arguments: [PickleReference], _ machine: PickleMachine
    ) throws(CheckpointError) -> PickleValue {
        switch name {
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3":
            guard let tensor = tensor(arguments, isTyped: name.hasSuffix("_v3"), machine) else {
                // Of a storage whose class is refused, that is what there is to say.
                if !machine.refused.isEmpty { return .opaque(name) }
                throw machine.fault(.pickleCall(machine.place, name))
            }
            return .tensor(tensor)
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            guard let data = arguments.first.map({ machine[$0] }), case .tensor = data else {
                throw machine.fault(.pickleCall(machine.place, name))
            }
            return data
        case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
            return .dictionary(PickleDictionary(pairs: pairs(arguments.first, machine)))
        case "collections.defaultdict", "collections.Counter": return .dictionary(PickleDictionary())
        case "torch.Size":
            guard let sizes = arguments.first, let elements = elements(sizes, machine) else {
                throw machine.fault(.pickleCall(machine.place, name))
            }
            return .tuple(elements)
        case "_codecs.encode": return encoded(arguments, machine)
        case "numpy.dtype":
            guard let code = arguments.first, case .string(let text) = machine[code] else { return .opaque("dtype") }
            return .global("numpy.dtype." + text)
        case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar": return scalar(arguments, machine)
        default: return .opaque(name)
        }
    }

    /// The storage that a persistent identifier names: ('storage', class, key, location, count[, view]).
    static func persistent(
        _ identifier: PickleReference, _ machine: PickleMachine
    ) throws(CheckpointError) -> PickleValue {
        guard let parts = elements(identifier, machine), parts.count >= 5, case .string("storage") = machine[parts[0]],
            case .global(let storageClass) = machine[parts[1]], case .string(let key) = machine[parts[2]],
            case .integer(var count) = machine[parts[4]], count >= 0
        else { throw machine.fault(.pickleCall(machine.place, "persistent_load")) }
        let name = String(storageClass.split(separator: ".").last ?? "")
        let type = PickleGlobals.storageType(name)
        guard type != nil || ExactString(storageClass) == ExactString("torch.storage.UntypedStorage") else {
            // A class that is not on the list was noted; the place of its tensors is still known.
            return .opaque(storageClass)
        }
        // In the format before 1.6 a storage may be part of another: (key of the part, first element, count).
        var offset = 0
        if parts.count > 5, let view = elements(parts[5], machine) {
            guard view.count == 3, case .integer(let first) = machine[view[1]], first >= 0,
                case .integer(let part) = machine[view[2]], part >= 0
            else { throw machine.fault(.pickleCall(machine.place, "persistent_load")) }
            (offset, count) = (first, part)
        }
        return .storage(TorchStorage(type: type, key: key, offset: offset, count: count))
    }

    private static func tensor(
        _ arguments: [PickleReference], isTyped: Bool, _ machine: PickleMachine
    ) -> TorchTensor? {
        guard arguments.count >= 4, case .storage(let storage) = machine[arguments[0]],
            case .integer(let offset) = machine[arguments[1]], let sizes = integers(arguments[2], machine),
            let strides = integers(arguments[3], machine)
        else { return nil }
        var type = storage.type
        if isTyped {
            guard arguments.count >= 7, case .global(let name) = machine[arguments[6]], name.hasPrefix("torch.") else {
                return nil
            }
            type = TorchElement.types[String(name.dropFirst("torch.".count))]
        }
        return type.map { TorchTensor(storage: storage, type: $0, offset: offset, sizes: sizes, strides: strides) }
    }

    private static func elements(_ reference: PickleReference, _ machine: PickleMachine) -> [PickleReference]? {
        switch machine[reference] {
        case .tuple(let elements), .list(let elements): elements
        default: nil
        }
    }

    private static func integers(_ reference: PickleReference, _ machine: PickleMachine) -> [Int]? {
        guard let elements = elements(reference, machine) else { return nil }
        let integers = elements.compactMap { if case .integer(let value) = machine[$0] { value } else { nil as Int? } }
        return integers.count == elements.count ? integers : nil
    }

    /// The pairs of a list of pairs, as `OrderedDict` takes them; none when it is something else.
    private static func pairs(
        _ list: PickleReference?, _ machine: PickleMachine
    ) -> [(key: PickleReference, value: PickleReference)] {
        (list.flatMap { elements($0, machine) } ?? []).compactMap { pair in
            guard let pair = elements(pair, machine), pair.count == 2 else { return nil }
            return (pair[0], pair[1])
        }
    }

    /// How protocol 2 spells bytes: text of which each character is one.
    private static func encoded(_ arguments: [PickleReference], _ machine: PickleMachine) -> PickleValue {
        guard let first = arguments.first, case .string(let text) = machine[first] else { return .opaque("bytes") }
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? .bytes(bytes) : .opaque("bytes")
    }

    /// A NumPy scalar of a type that has no byte order to mind: little-endian, as NumPy pickles on every machine in use.
    private static func scalar(_ arguments: [PickleReference], _ machine: PickleMachine) -> PickleValue {
        guard arguments.count == 2, case .global(let type) = machine[arguments[0]],
            case .bytes(let bytes) = machine[arguments[1]], bytes.count <= 8
        else { return .opaque("NumPy scalar") }
        let bits = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return switch (type.dropFirst("numpy.dtype.".count), bytes.count) {
        case ("f8", 8): .number(Double(bitPattern: bits))
        case ("f4", 4): .number(Double(Float(bitPattern: UInt32(bits))))
        case ("i8", 8): .integer(Int(truncatingIfNeeded: bits))
        case ("i4", 4): .integer(Int(Int32(truncatingIfNeeded: bits)))
        case ("b1", 1): .bool(bits != 0)
        default: .opaque("NumPy scalar")
        }
    }
}
