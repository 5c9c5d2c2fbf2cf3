"""Makes Fixtures/malformed/torch: files that ask for what may run code, and every way a torch file can lie.

    python malformed_torch.py

Nothing is pickled here: the instructions are put together by hand, and no file is ever loaded by Python. cases.json
lists them: [{"file", "what", "error"[, "names"]}], `error` being the rule that is broken, `names` what the message has
to say.
"""

import json
import struct
from pathlib import Path

from zip_bytes import Entry, archive

OUTPUT = Path(__file__).resolve().parent.parent / "malformed" / "torch"
MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
FLOATS = struct.pack("<4f", 1, 2, 3, 4)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return b"X" + struct.pack("<I", len(value)) + value


def integer(value):
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    width = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([width]) + value.to_bytes(width, "little", signed=True)


def integers(values):
    return b"(" + b"".join(integer(value) for value in values) + b"t"


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def storage(key="0", kind=("torch", "FloatStorage"), count=4, location="cpu"):
    key = text(key) if isinstance(key, str) else key
    return b"(" + text("storage") + name(*kind) + key + text(location) + integer(count) + b"tQ"


def tensor(sizes=(2, 2), strides=(2, 1), offset=0, of=None, function="_rebuild_tensor_v2", more=b"\x89N"):
    arguments = (of or storage()) + integer(offset) + integers(sizes) + integers(strides) + more
    return name("torch._utils", function) + b"(" + arguments + b"tR"


def pickle(body, protocol=2):
    return b"\x80" + bytes([protocol]) + body + b"."


def dictionary(**items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def torch_file(program, storages=None, records=(), folder="archive"):
    storages = {"0": FLOATS} if storages is None else storages
    entries = [Entry(f"{folder}/data.pkl", program)]
    entries += [Entry(f"{folder}/data/{key}", data) for key, data in storages.items()]
    entries += [
        Entry(f"{folder}/{key}", data) for key, data in (("byteorder", b"little"), ("version", b"3\n"), *records)
    ]
    return archive(entries)


def of(body):
    return torch_file(pickle(body))


GLOBALS = [
    ("os", "system"),
    ("posix", "system"),
    ("nt", "system"),
    ("os", "popen"),
    ("subprocess", "Popen"),
    ("subprocess", "check_output"),
    ("builtins", "eval"),
    ("builtins", "exec"),
    ("builtins", "getattr"),
    ("builtins", "__import__"),
    ("builtins", "open"),
    ("builtins", "compile"),
    ("__builtin__", "eval"),
    ("__builtin__", "apply"),
    ("importlib", "import_module"),
    ("runpy", "run_path"),
    ("pty", "spawn"),
    ("socket", "socket"),
    ("shutil", "rmtree"),
    ("webbrowser", "open"),
    ("pickle", "loads"),
    ("_pickle", "loads"),
    ("torch", "load"),
    ("torch.serialization", "load"),
    ("torch.storage", "_load_from_bytes"),
    ("torch.hub", "load"),
    ("torch.jit", "load"),
    ("torch._utils", "_import_dotted_name"),
    ("torch._dynamo.guards", "ast_unparse"),
    ("torch.utils.cpp_extension", "load"),
    ("numpy", "load"),
    ("numpy.f2py.crackfortran", "getlincoef"),
    ("functools", "partial"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("types", "CodeType"),
    ("types", "FunctionType"),
    ("ctypes", "CDLL"),
    ("code", "InteractiveInterpreter"),
    ("bdb", "Bdb"),
    ("pip", "main"),
    ("asyncio.unix_events", "_UnixSubprocessTransport"),
    ("argparse", "Namespace"),
    ("__main__", "Model"),
]


def global_cases():
    call = text("echo hello") + b"\x85R"
    for module, attribute in GLOBALS:
        body = name(module, attribute) + call
        yield f"global-{module}.{attribute}", f"calls {module}.{attribute}", "pickleGlobal", of(
            body
        ), f"{module}.{attribute}"
    beside = dictionary(weight=tensor(), bias=tensor((2,), (1,), 2), x=name("os", "system") + call)
    yield "global-beside-tensors", "a state dict with a call beside its tensors", "pickleGlobal", of(
        beside
    ), "os.system"
    yield "global-two", "asks for two", "pickleGlobal", of(
        name("os", "system") + name("builtins", "eval") + b"\x86"
    ), "builtins.eval"
    yield "global-uncalled", "names a function and does not call it", "pickleGlobal", of(
        name("os", "system")
    ), "os.system"
    stacked = text("os") + text("system") + b"\x93" + call
    yield "global-stack", "by names on the stack", "pickleGlobal", torch_file(pickle(stacked, 4)), "os.system"
    memo = b"\x8c\x02os\x94\x8c\x06system\x94\x930h\x00h\x01\x93" + call
    yield "global-memo", "by names out of the memo", "pickleGlobal", torch_file(pickle(memo, 4)), "os.system"
    yield "global-instance", "by the INST instruction", "pickleGlobal", of(
        b"(" + text("echo") + b"ios\nsystem\n"
    ), "os.system"
    yield "global-object", "by the OBJ instruction", "pickleGlobal", of(
        b"(" + name("os", "system") + text("echo") + b"o"
    ), "os.system"
    new = name("os", "system") + text("echo") + b"\x85\x81"
    yield "global-new", "by the NEWOBJ instruction", "pickleGlobal", of(new), "os.system"
    built = name("os", "system") + b")R" + dictionary(x=text("y")) + b"b"
    yield "global-built", "and gives it a state", "pickleGlobal", of(built), "os.system"
    yield "global-dotted", "a dotted name in a module that is allowed", "pickleGlobal", torch_file(
        pickle(text("torch") + text("serialization.os.system") + b"\x93" + call, 4)
    ), "torch.serialization.os.system"
    yield "global-in-storage", "as the class of a storage", "pickleGlobal", of(
        tensor(of=storage(kind=("os", "system")))
    ), "os.system"
    legacy = MAGIC + pickle(integer(1001)) + pickle(b"}") + pickle(name("os", "system") + call) + pickle(b"]")
    yield "global-legacy", "in a file from before 1.6", "pickleGlobal", legacy, "os.system"
    legacy = MAGIC + pickle(integer(1001)) + pickle(name("os", "system") + call) + pickle(b"}") + pickle(b"]")
    yield "global-legacy-system", "in the description of the system", "pickleGlobal", legacy, "os.system"
    yield "global-bare", "a pickle that is no torch file", "pickleGlobal", pickle(
        name("os", "system") + call
    ), "os.system"


def machine_cases():
    yield "extension", "the extension registry", "pickleRefused", of(b"\x82\x01")
    yield "persistent-text", "a persistent identifier as text", "pickleRefused", of(b"P0\n")
    yield "buffer", "an out-of-band buffer", "pickleRefused", torch_file(pickle(b"\x97", 5))
    yield "no-stop", "no STOP", "pickleCut", torch_file(b"\x80\x02}")
    yield "empty-pickle", "an empty pickle", "pickleCut", torch_file(b"")
    yield "after-stop", "instructions after STOP", "pickleTrailing", torch_file(pickle(b"}") + pickle(b"}"))
    yield "unknown-instruction", "an instruction that is none", "pickleOpcode", of(b"\xff")
    yield "protocol-9", "protocol 9", "pickleProtocol", torch_file(pickle(b"}", 9))
    yield "empty-stack", "STOP without a value", "pickleStack", of(b"")
    yield "no-mark", "a tuple without a mark", "pickleStack", of(b"t")
    yield "below-mark", "takes what lies below a mark", "pickleStack", of(b"}(s")
    yield "append-to-tuple", "appends to a tuple", "pickleStack", of(b")Na")
    yield "odd-items", "a key without a value", "pickleStack", of(b"}(Nu")
    yield "call-text", "calls a text", "pickleStack", of(text("x") + b")R")
    yield "no-memo", "recalls what was never kept", "pickleMemo", of(b"h\x07")
    yield "long-text", "a text longer than the file", "pickleCut", of(b"X\xff\xff\xff\x7f")
    yield "long-bytes", "bytes of 2^63 - 1", "pickleCut", torch_file(pickle(b"\x8e" + struct.pack("<Q", 2**63 - 1), 4))
    yield "negative-bytes", "bytes of 2^64 - 1", "pickleCut", torch_file(
        pickle(b"\x8e" + struct.pack("<Q", 2**64 - 1), 4)
    )
    yield "not-utf-8", "a text that is not UTF-8", "pickleText", of(text(b"\xff\xfe"))
    yield "bad-number", "a number that is none", "pickleText", of(b"Fx\n")
    bomb = b"]q\x000" + b"".join(
        b"](" + b"h" + bytes([level]) + b"h" + bytes([level]) + b"eq" + bytes([level + 1]) + b"0" for level in range(60)
    )
    yield "memo-bomb", "lists of twice the list before, sixty times", "torchTooDeep", of(bomb + b"h\x3c")
    bomb = b"]q\x000" + b"".join(
        b"](" + b"h" + bytes([level]) + (b"h" + bytes([level])) * 99 + b"eq" + bytes([level + 1]) + b"0"
        for level in range(20)
    )
    yield "memo-bomb-wide", "lists of a hundred times the list before", "torchTooDeep", of(bomb + b"h\x14")
    yield "cycle", "a list that holds itself", "torchTooDeep", of(b"]q\x00h\x00a")
    yield "deep-lists", "100,000 lists inside each other", "torchTooDeep", of(b"]" * 100_000 + b"a" * 99_999)
    key = text("k" * 60_000) + b"q\x010"
    names = b"}(" + b"h\x01}(" * 62 + b"h\x01" + b"](" + b"N" * 2000 + b"e" + b"u" * 63
    yield "long-names", "names that grow to megabytes each", "torchTooDeep", of(key + names)
    yield "many-values", "1,100,000 values", "pickleTooLarge", packed(pickle(b"]0" * 1_100_000 + b"N"))
    yield "deep-stack", "1,100,000 values that wait", "pickleTooLarge", packed(pickle(b"N" * 1_100_000))
    yield "many-marks", "1,100,000 marks", "pickleTooLarge", packed(pickle(b"(" * 1_100_000 + b"N"))
    yield "large-pickle", "a pickle of 65 MB, deflated to less than 100 KB", "zipBomb", packed(b"N" * (140 << 20))
    yield "duplicate-name", "one name twice", "duplicateName", of(b"}(" + (text("a") + tensor()) * 2 + b"u")
    dotted = b"}(" + text("a.b") + tensor() + text("a") + dictionary(b=tensor()) + b"u"
    yield "duplicate-dotted-name", "one dotted name in two ways", "duplicateName", of(dotted)


def packed(program):
    return archive([Entry("archive/data.pkl", program, method=8)])


def tensor_cases():
    def one(**changes):
        return of(dictionary(a=tensor(**changes)))

    yield "storage-missing", "a storage that is not in the file", "torchStorageMissing", one(of=storage("7"))
    yield "storage-traversal", "a storage by a name that leaves the folder", "torchStorageMissing", one(
        of=storage("../version")
    )
    yield "storage-small", "a storage shorter than the pickle says", "torchStorageSize", one(of=storage(count=5))
    yield "storage-large", "a storage longer than the pickle says", "torchStorageSize", one(of=storage(count=3))
    yield "storage-other-type", "a storage read as wider elements", "torchStorageSize", one(
        of=storage(kind=("torch", "DoubleStorage"))
    )
    yield "storage-huge", "a storage of 2^62 elements", "torchStorageSize", one(of=storage(count=2**62))
    yield "storage-negative", "a storage of -1 elements", "pickleCall", one(of=storage(count=-1))
    yield "offset-outside", "an offset beyond the storage", "torchOutside", one(offset=1)
    yield "offset-outside-empty", "an empty tensor beyond the storage", "torchOutside", one(
        sizes=(0,), strides=(1,), offset=2**62
    )
    yield "offset-negative", "a negative offset", "torchStride", one(offset=-1)
    yield "shape-outside", "a shape larger than the storage", "torchOutside", one(sizes=(3, 2))
    yield "stride-outside", "strides that leave the storage", "torchOutside", one(strides=(3, 1))
    yield "stride-negative", "a negative stride", "torchStride", one(sizes=(2,), strides=(-1,), offset=3)
    yield "stride-wraps", "a stride that wraps round", "torchOutside", one(sizes=(5,), strides=(2**62,))
    yield "stride-missing", "fewer strides than dimensions", "torchStride", one(strides=(1,))
    yield "size-negative", "a negative size", "torchShape", one(sizes=(-1, 2))
    yield "size-wraps", "a product of sizes that wraps round", "torchShape", one(sizes=(2**32, 2**32), strides=(0, 0))
    yield "expanded", "one element as 2^40", "torchExpanded", one(sizes=(2**40,), strides=(0,))
    yield "rank-100", "a hundred dimensions", "torchShape", one(sizes=(1,) * 100, strides=(1,) * 100)
    yield "few-arguments", "a tensor without strides", "pickleCall", of(
        name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage() + integer(0) + b"tR"
    )
    yield "not-a-storage", "a tensor of a text", "pickleCall", one(of=text("x"))
    yield "not-a-tensor", "a parameter of a text", "pickleCall", of(
        name("torch._utils", "_rebuild_parameter") + text("x") + b"\x85R"
    )
    yield "strange-identifier", "a persistent identifier of another sort", "pickleCall", of(text("x") + b"Q")
    yield "untyped-without-dtype", "bytes without an element type", "pickleCall", one(
        of=storage(kind=("torch.storage", "UntypedStorage"), count=16)
    )
    yield "byte-order", "a byte order that is none", "torchByteOrder", archive(
        [Entry("archive/data.pkl", pickle(b"}")), Entry("archive/byteorder", b"middle")]
    )
    yield "no-pickle", "an archive without data.pkl", "torchMembers", archive([Entry("archive/version", b"3\n")])
    yield "two-pickles", "two folders with a data.pkl", "torchMembers", archive(
        [Entry("a/data.pkl", pickle(b"}")), Entry("b/data.pkl", pickle(b"}"))]
    )
    yield "same-pickle-twice", "data.pkl twice", "zipDuplicate", archive(
        [Entry("a/data.pkl", pickle(b"}")), Entry("a/data.pkl", pickle(name("os", "system")))]
    )
    yield "script", "a TorchScript program", "torchScript", torch_file(
        pickle(b"}"), records=[("constants.pkl", pickle(b")"))]
    )
    yield "bare-pickle", "a pickle that torch.save did not write", "torchNotSaved", pickle(b"}")


def legacy_cases():
    def legacy(program=None, keys=b"](" + text("0") + b"e", data=struct.pack("<q", 4) + FLOATS, version=1001):
        program = dictionary(a=tensor(of=old_storage())) if program is None else program
        return MAGIC + pickle(integer(version)) + pickle(b"}") + pickle(program) + pickle(keys) + data

    def old_storage(view=b"N", kind="FloatStorage", count=4):
        return b"(" + text("storage") + name("torch", kind) + text("0") + text("cpu") + integer(count) + view + b"tQ"

    yield "legacy-version", "another version", "torchLegacy", legacy(version=1002)
    yield "legacy-cut", "ends inside the storage", "torchLegacy", legacy(data=struct.pack("<q", 4) + FLOATS[:9])
    yield "legacy-no-storage", "ends before the storage", "torchLegacy", legacy(data=b"")
    yield "legacy-count-huge", "a storage of 2^62 elements", "torchLegacy", legacy(
        data=struct.pack("<q", 2**62) + FLOATS
    )
    yield "legacy-count-negative", "a storage of -1 elements", "torchLegacy", legacy(
        data=struct.pack("<q", -1) + FLOATS
    )
    yield "legacy-count-small", "a storage shorter than the pickle says", "torchLegacy", legacy(
        data=struct.pack("<q", 3) + FLOATS
    )
    yield "legacy-trailing", "bytes after the storages", "torchLegacy", legacy(
        data=struct.pack("<q", 4) + FLOATS + b"x"
    )
    yield "legacy-unknown-key", "a key that no tensor has", "torchLegacy", legacy(keys=b"](" + text("9") + b"e")
    yield "legacy-key-twice", "a key twice", "torchLegacy", legacy(
        keys=b"](" + text("0") * 2 + b"e", data=(struct.pack("<q", 4) + FLOATS) * 2
    )
    yield "legacy-no-keys", "no keys", "torchStorageMissing", legacy(keys=b"]", data=b"")
    yield "legacy-keys-text", "a text instead of keys", "torchLegacy", legacy(keys=text("0"))
    view = b"(" + text("v") + integer(2) + integer(3) + b"t"
    yield "legacy-view-outside", "a part that leaves its storage", "torchStorageSize", legacy(
        dictionary(a=tensor((3,), (1,), of=old_storage(view)))
    )
    two = dictionary(a=tensor(of=old_storage()), b=tensor(of=old_storage(kind="DoubleStorage")))
    yield "legacy-two-types", "one storage of two element types", "torchLegacy", legacy(two)
    yield "legacy-magic-only", "the magic number and nothing else", "pickleCut", MAGIC


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    listed = []
    for cases in (global_cases(), machine_cases(), tensor_cases(), legacy_cases()):
        for case, what, error, data, *names in cases:
            file = case + ".pt"
            (OUTPUT / file).write_bytes(data)
            listed.append({"file": file, "what": what, "error": error} | ({"names": names[0]} if names else {}))
    lines = ",\n".join("  " + json.dumps(case) for case in listed)
    (OUTPUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(listed)} cases")


if __name__ == "__main__":
    main()
