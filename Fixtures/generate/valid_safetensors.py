"""Makes Fixtures/checkpoints/safetensors: small sound files at the edges of the format.

    python valid_safetensors.py

cases.json says what each holds: [{"file", "what", "metadata", "tensors": [{"name", "dtype", "shape", "sha256"}]}],
tensors in the order of their bytes. "canonical": true marks the files that a writer must give back byte for byte; the
safetensors library for Python writes them too, where it knows their dtypes.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy
from safetensors import TensorSpec, deserialize, serialize

from safetensors_bytes import entry, file_bytes

OUTPUT = Path(__file__).resolve().parent.parent / "checkpoints" / "safetensors"

# In the order in which the format's own library sorts tensors: the widest first.
DTYPES = {
    "U64": (64, "uint64"),
    "I64": (64, "int64"),
    "F64": (64, "float64"),
    "C64": (64, "complex64"),
    "F32": (32, "float32"),
    "U32": (32, "uint32"),
    "I32": (32, "int32"),
    "BF16": (16, "bfloat16"),
    "F16": (16, "float16"),
    "U16": (16, "uint16"),
    "I16": (16, "int16"),
    "F8_E5M2FNUZ": (8, "float8_e5m2fnuz"),
    "F8_E4M3FNUZ": (8, "float8_e4m3fnuz"),
    "F8_E8M0": (8, "float8_e8m0fnu"),
    "F8_E4M3": (8, "float8_e4m3fn"),
    "F8_E5M2": (8, "float8_e5m2"),
    "I8": (8, "int8"),
    "U8": (8, "uint8"),
    "F6_E3M2": (6, None),
    "F6_E2M3": (6, None),
    "F4": (4, None),
    "BOOL": (8, "bool"),
}
NUMBERS = [0.0, -1.5, 2.0, 0.333251953125, 65504.0, -0.0078125, 1.0, -3.0]


def contents(dtype):
    """Eight elements of a dtype."""
    if dtype == "C64":
        return struct.pack("<16f", *NUMBERS, *reversed(NUMBERS))
    if dtype in ("F64", "F32", "F16"):
        return struct.pack({"F64": "<8d", "F32": "<8f", "F16": "<8e"}[dtype], *NUMBERS)
    if dtype == "BF16":
        return b"".join(struct.pack("<f", number)[2:] for number in NUMBERS)
    if dtype == "BOOL":
        return bytes([0, 1, 1, 0, 1, 0, 0, 1])
    if dtype[0] in "UI":
        width = DTYPES[dtype][0]
        low, high = (0, 2**width - 1) if dtype[0] == "U" else (-(2 ** (width - 1)), 2 ** (width - 1) - 1)
        values = [low, high, 0, 1, 2, 3, 100, 127]
        return b"".join(value.to_bytes(width // 8, "little", signed=low < 0) for value in values)
    return bytes((37 * i + 11) % 256 for i in range(DTYPES[dtype][0]))


def lay_out(tensors, metadata=None):
    """[(name, dtype, shape, bytes)] → header and data, in the given order, without gaps."""
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, dtype, shape, content in tensors:
        header[name] = entry(dtype, shape, len(data), len(data) + len(content))
        data += content
    return header, data


class Case:
    def __init__(self, file, what, tensors, metadata=None, canonical=False, data=None):
        self.file, self.what, self.tensors, self.metadata, self.canonical = file, what, tensors, metadata, canonical
        self.data = file_bytes(*lay_out(tensors, metadata)) if data is None else data

    def described(self):
        description = {"file": self.file, "what": self.what, "canonical": self.canonical}
        description["metadata"] = self.metadata or {}
        description["tensors"] = [
            {"name": name, "dtype": dtype, "shape": shape, "sha256": hashlib.sha256(content).hexdigest()}
            for name, dtype, shape, content in self.tensors
        ]
        return description

    def check(self):
        """The library reads the same, and writes the same where it can."""
        read = {name: bytes(tensor["data"]) for name, tensor in deserialize(self.data)}
        assert read == {name: content for name, _, _, content in self.tensors}, self.file
        metadata_order_is_fixed = len(self.metadata or {}) < 2
        if self.canonical and metadata_order_is_fixed and all(DTYPES[dtype][1] for _, dtype, _, _ in self.tensors):
            buffers = {name: numpy.frombuffer(content, numpy.uint8) for name, _, _, content in self.tensors}
            specs = {
                name: TensorSpec(
                    dtype=DTYPES[dtype][1], shape=shape, data_ptr=buffers[name].ctypes.data, data_len=len(content)
                )
                for name, dtype, shape, content in reversed(self.tensors)
            }
            assert serialize(specs, metadata=self.metadata) == self.data, self.file


def vector(name, count=2):
    return (name, "F32", [count], struct.pack(f"<{count}f", *range(1, count + 1)))


def spaced(tensors, before=0, after=0):
    """The header with spaces around it."""
    header, data = lay_out(tensors)
    text = json.dumps(header, separators=(",", ":")).encode()
    return file_bytes(b" " * before + text + b" " * after, data)


def single_file_cases():
    every = [(f"as {dtype}", dtype, [2, 4], contents(dtype)) for dtype in DTYPES]
    known = [tensor for tensor in every if DTYPES[tensor[1]][1]]
    odd_names = ["", "a b", "a/b\\c", 'a"b', "e\u0301", "\u00e9", "\u4e2d\u6587", "\U0001f600", "\u007f", "tab\there"]
    odd_names.sort(key=lambda name: name.encode())
    two = [vector("a"), vector("b", 3)]
    nothing = ("nothing", "F32", [3, 0, 2], b"")
    zeros = [("a.empty", "F64", [0], b""), vector("b"), ("c.empty", "F32", [0, 5], b"")]
    yield Case("every-dtype", "every dtype, eight elements each", every, canonical=True)
    metadata = {"format": "pt"}
    yield Case("library-dtypes", "every dtype that the library for Python writes", known, metadata, canonical=True)
    yield Case("scalar", "a tensor of no dimensions", [("s", "F32", [], struct.pack("<f", 2.5))], canonical=True)
    yield Case("no-tensors", "no tensors at all", [], canonical=True)
    yield Case("metadata-only", "metadata and no tensors", [], {"format": "pt"}, canonical=True)
    yield Case("no-elements", "a tensor without elements", [nothing], canonical=True)
    yield Case("empty-beside-full", "tensors without bytes before and after one with", zeros, canonical=True)
    yield Case("unit-dimensions", "dimensions of one", [("u", "I16", [1, 1, 1, 2, 1], b"\1\0\2\0")], canonical=True)
    yield Case("rank-twelve", "twelve dimensions", [("r", "U8", [1] * 11 + [3], b"abc")], canonical=True)
    yield Case("no-metadata", "two tensors without metadata", two, canonical=True)
    yield Case("empty-metadata", "__metadata__ is there and empty", two, {}, data=file_bytes(*lay_out(two, {})))
    metadata = {"": "empty key", "format": "pt", "note": 'line\nbreak, "quotes", \u00e9, \u4e2d'}
    yield Case("metadata", "metadata with an empty key and escapes, sorted", two, metadata, canonical=True)
    yield Case("leading-spaces", "three spaces before the header's brace", two, data=spaced(two, before=3))
    yield Case("trailing-spaces", "many spaces after the header", two, data=spaced(two, after=1000))
    yield Case("unaligned-header", "a header whose length is not a multiple of 8", two, data=spaced(two))
    mixed = [("b", "U8", [3], b"xyz"), vector("a"), ("c", "F16", [1], b"\0\x3c")]
    yield Case("unaligned-data", "a tensor whose data begin at an odd byte", mixed)
    yield Case("unsorted", "tensors in no order, header in another", list(reversed(two)), data=unsorted(two))
    names = [(name, "U8", [1], bytes([i])) for i, name in enumerate(odd_names)]
    yield Case("names", "odd names: empty, slashes, quotes, controls, one letter in two ways", names, canonical=True)
    yield Case("sub-byte", "tensors of 4 and 6 bits whose bytes come out even", [
        ("four", "F4", [2], b"\x21"), ("six", "F6_E2M3", [4], b"abc"), ("six.wide", "F6_E3M2", [2, 2], b"def"),
    ])
    special = [0x7FC00000, 0x7F800001, 0xFFC12345, 0x7F800000, 0xFF800000, 0x80000000, 0x00000001, 0x807FFFFF]
    bits = [("x", "F32", [8], struct.pack("<8I", *special))]
    yield Case("special-values", "NaNs with payloads, infinities, minus zero, subnormals", bits, canonical=True)


def unsorted(tensors):
    """The second tensor's bytes first, the first tensor's entry first."""
    header, data = lay_out(list(reversed(tensors)))
    return file_bytes(dict(reversed(header.items())), data)


def write_sharded():
    """A folder of two shards with their index."""
    folder = OUTPUT / "sharded"
    folder.mkdir(exist_ok=True)
    shards = {
        "model-00001-of-00002.safetensors": [vector("a", 4), vector("layer.10.weight", 3)],
        "model-00002-of-00002.safetensors": [vector("layer.2.weight", 5), ("z", "F16", [2], b"\0\x3c\0\x40")],
    }
    tensors = []
    for name, content in shards.items():
        (folder / name).write_bytes(file_bytes(*lay_out(content, {"format": "pt"})))
        tensors += content
    index = {
        "metadata": {"total_size": sum(len(content) for _, _, _, content in tensors)},
        "weight_map": {tensor[0]: shard for shard, content in shards.items() for tensor in content},
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return Case("sharded", "a folder of two shards and their index", tensors, {"format": "pt"})


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    described = []
    for case in single_file_cases():
        case.file += ".safetensors"
        case.check()
        (OUTPUT / case.file).write_bytes(case.data)
        described.append(case.described())
    described.append(write_sharded().described())
    (OUTPUT / "cases.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    print(f"{len(described)} cases")


if __name__ == "__main__":
    main()
