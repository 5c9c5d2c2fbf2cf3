"""Makes Fixtures/malformed/safetensors: one small file for every way a safetensors file can lie.

    python malformed_safetensors.py

cases.json lists them: [{"file", "what", "error"}], `error` being the name of the rule that is broken. The generator
prints which of them the safetensors library for Python reads all the same.
"""

import json
from pathlib import Path

from safetensors import SafetensorError, deserialize

from safetensors_bytes import entry, file_bytes

OUTPUT = Path(__file__).resolve().parent.parent / "malformed" / "safetensors"
INDEX = "model.safetensors.index.json"

GOOD = entry("F32", [2], 0, 8)
EIGHT = bytes(range(8))


def with_entry(**changes):
    """A file of one tensor whose entry is right but for `changes`; None takes a field away."""
    fields = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return file_bytes({"a": fields}, EIGHT)


def raw(text, data=EIGHT):
    return file_bytes(text.encode() if isinstance(text, str) else text, data)


GOOD_TEXT = '"dtype":"F32","shape":[2],"data_offsets":[0,8]'

FRAME = [
    ("empty", "a file of no bytes", "tooShort", b""),
    ("seven-bytes", "too short for the header's length", "tooShort", b"\x02\0\0\0\0\0\0"),
    ("header-length-zero", "the header has no bytes", "invalidJSON", file_bytes(b"")),
    (
        "header-beyond-file", "the header's length is one more than the file holds", "headerBeyondFile",
        file_bytes(b"{}", length=3),
    ),
    ("header-cut", "the file ends inside the header", "headerBeyondFile", file_bytes({"a": GOOD}, EIGHT)[:30]),
    ("header-too-large", "the header's length is 100,000,001", "headerTooLarge", file_bytes(b"{}", length=100_000_001)),
    (
        "header-length-negative", "the header's length is 2^64 - 1", "headerTooLarge",
        file_bytes(b"{}", length=2**64 - 1),
    ),
    (
        "header-length-wraps", "the header's length plus 8 is 2^64", "headerTooLarge",
        file_bytes(b"{}", length=2**64 - 8),
    ),
    ("other-format", "a zip archive", "headerTooLarge", b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0"),
    ("data-cut", "the file ends inside the last tensor", "tensorBeyondFile", file_bytes({"a": GOOD}, EIGHT[:5])),
    ("no-data", "a tensor of 8 bytes, and the file ends with the header", "tensorBeyondFile", file_bytes({"a": GOOD})),
    ("trailing-bytes", "one byte after the last tensor", "trailingBytes", file_bytes({"a": GOOD}, EIGHT + b"\0")),
    ("trailing-bytes-without-tensors", "no tensor, but data", "trailingBytes", file_bytes({}, EIGHT)),
]

SYNTAX = [
    ("not-json", "the header is not JSON", "invalidJSON", raw("hello, world")),
    ("not-utf-8", "a name is not UTF-8", "invalidJSON", raw(b'{"\xff\xfe":{' + GOOD_TEXT.encode() + b"}}")),
    (
        "overlong-utf-8", "a name in an overlong encoding", "invalidJSON",
        raw(b'{"\xc0\xaf":{' + GOOD_TEXT.encode() + b"}}"),
    ),
    (
        "surrogate-utf-8", "a name with a surrogate in UTF-8", "invalidJSON",
        raw(b'{"\xed\xa0\x80":{' + GOOD_TEXT.encode() + b"}}"),
    ),
    ("utf-16", "the header is UTF-16", "invalidJSON", raw(("{}").encode("utf-16-le"), b"")),
    ("byte-order-mark", "the header begins with a byte order mark", "invalidJSON", raw(b"\xef\xbb\xbf{}", b"")),
    ("lone-surrogate", "a name with half a surrogate pair", "invalidJSON", raw('{"\\ud800":{' + GOOD_TEXT + "}}")),
    ("control-character", "a raw line feed inside a name", "invalidJSON", raw('{"a\nb":{' + GOOD_TEXT + "}}")),
    ("single-quotes", "single quotes", "invalidJSON", raw("{'a':{" + GOOD_TEXT + "}}")),
    ("trailing-comma", "a comma before the end", "invalidJSON", raw('{"a":{' + GOOD_TEXT + "},}")),
    ("unclosed", "the object does not end", "invalidJSON", raw('{"a":{' + GOOD_TEXT + "}")),
    ("second-value", "a second object follows the first", "invalidJSON", raw('{"a":{' + GOOD_TEXT + "}}{}")),
    (
        "zero-padding", "the header is padded with zero bytes", "invalidJSON",
        raw(b'{"a":{' + GOOD_TEXT.encode() + b"}}\0\0"),
    ),
    (
        "leading-zero", "a number with a leading zero", "invalidJSON",
        raw('{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}'),
    ),
    ("not-a-number", "NaN as a size", "invalidJSON", raw('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}')),
    ("deep-arrays", "20,000 arrays inside each other", "invalidJSON", raw('{"a":' + "[" * 20_000 + "]" * 20_000 + "}")),
    ("deep-objects", "3,000 objects inside each other", "invalidJSON", raw('{"a":' * 3_000 + "{}" + "}" * 3_000)),
    (
        "duplicate-name", "two tensors of one name", "duplicateName",
        raw('{"a":{' + GOOD_TEXT + '},"a":{' + GOOD_TEXT + "}}"),
    ),
    (
        "duplicate-escaped-name", "two tensors of one name, once escaped", "duplicateName",
        raw('{"a":{' + GOOD_TEXT + '},"\\u0061":{' + GOOD_TEXT + "}}"),
    ),
    (
        "duplicate-metadata", "__metadata__ twice", "duplicateName",
        raw('{"__metadata__":{},"__metadata__":{},"a":{' + GOOD_TEXT + "}}"),
    ),
    (
        "duplicate-metadata-key", "one metadata key twice", "duplicateName",
        raw('{"__metadata__":{"k":"1","k":"2"},"a":{' + GOOD_TEXT + "}}"),
    ),
    ("duplicate-field", "dtype twice in one entry", "duplicateName", raw('{"a":{"dtype":"F32",' + GOOD_TEXT + "}}")),
]

ENTRIES = [
    ("header-array", "the header is an array", "headerNotObject", raw("[]", b"")),
    ("header-null", "the header is null", "headerNotObject", raw("null", b"")),
    ("header-string", "the header is a string", "headerNotObject", raw('"a"', b"")),
    (
        "metadata-integer", "a metadata value is a number", "metadataNotStrings",
        file_bytes({"__metadata__": {"k": 1}, "a": GOOD}, EIGHT),
    ),
    (
        "metadata-null-value", "a metadata value is null", "metadataNotStrings",
        file_bytes({"__metadata__": {"k": None}, "a": GOOD}, EIGHT),
    ),
    (
        "metadata-nested", "a metadata value is an object", "metadataNotStrings",
        file_bytes({"__metadata__": {"k": {}}, "a": GOOD}, EIGHT),
    ),
    (
        "metadata-array", "__metadata__ is an array", "metadataNotStrings",
        file_bytes({"__metadata__": ["k"], "a": GOOD}, EIGHT),
    ),
    (
        "metadata-tensor", "__metadata__ is a tensor's entry", "metadataNotStrings",
        file_bytes({"__metadata__": GOOD}, EIGHT),
    ),
    ("entry-integer", "a tensor's entry is a number", "invalidEntry", file_bytes({"a": 1})),
    ("entry-array", "a tensor's entry is an array", "invalidEntry", file_bytes({"a": ["F32", [2], [0, 8]]}, EIGHT)),
    ("entry-empty", "a tensor's entry is empty", "invalidEntry", file_bytes({"a": {}})),
    ("dtype-missing", "no dtype", "invalidEntry", with_entry(dtype=None)),
    ("dtype-integer", "dtype is a number", "invalidEntry", with_entry(dtype=32)),
    ("dtype-unknown", "a dtype nobody knows", "unknownDType", with_entry(dtype="F128")),
    ("dtype-lower-case", "a dtype in lower case", "unknownDType", with_entry(dtype="f32")),
    ("dtype-empty", "dtype is an empty string", "unknownDType", with_entry(dtype="")),
    ("shape-missing", "no shape", "invalidEntry", with_entry(shape=None)),
    ("shape-integer", "shape is a number", "invalidEntry", with_entry(shape=2)),
    ("shape-string", "a size is a string", "invalidShape", with_entry(shape=["2"])),
    ("shape-float", "a size is 2.0", "invalidShape", with_entry(shape=[2.0])),
    (
        "shape-exponent", "a size is 2e0", "invalidShape",
        raw('{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}'),
    ),
    ("shape-boolean", "a size is true", "invalidShape", with_entry(shape=[2, True])),
    ("shape-null", "a size is null", "invalidShape", with_entry(shape=[None])),
    ("shape-nested", "a size is an array", "invalidShape", with_entry(shape=[[2]])),
    ("shape-negative", "two negative sizes whose product is right", "invalidShape", with_entry(shape=[-1, -2])),
    ("shape-beyond-64-bits", "a size of 2^64", "invalidShape", with_entry(shape=[2**64])),
    (
        "shape-product-zero", "sizes whose product wraps to 0, and no bytes", "shapeOverflow",
        file_bytes({"a": entry("F32", [2**33, 2**33], 0, 0)}),
    ),
    (
        "shape-product-wraps", "sizes whose product wraps to the right count", "shapeOverflow",
        with_entry(shape=[3, (2**64 + 2) // 3]),
    ),
    (
        "shape-bytes-overflow", "a count that fits and a byte count that wraps to 8", "shapeOverflow",
        with_entry(shape=[2**62 + 2]),
    ),
    ("offsets-missing", "no data_offsets", "invalidEntry", with_entry(data_offsets=None)),
    ("offsets-integer", "data_offsets is a number", "invalidEntry", with_entry(data_offsets=0)),
    ("offsets-one", "data_offsets has one element", "invalidOffsets", with_entry(data_offsets=[0])),
    ("offsets-three", "data_offsets has three elements", "invalidOffsets", with_entry(data_offsets=[0, 8, 8])),
    ("offsets-strings", "data_offsets are strings", "invalidOffsets", with_entry(data_offsets=["0", "8"])),
    ("offsets-float", "data_offsets are 0.0 and 8.0", "invalidOffsets", with_entry(data_offsets=[0.0, 8.0])),
    ("offsets-negative", "data_offsets begin below zero", "invalidOffsets", with_entry(data_offsets=[-8, 0])),
    (
        "offsets-beyond-64-bits", "data_offsets end at 2^64 + 8", "invalidOffsets",
        with_entry(data_offsets=[0, 2**64 + 8]),
    ),
    ("offsets-reversed", "data_offsets end before they begin", "invalidOffsets", with_entry(data_offsets=[8, 0])),
    (
        "offsets-beyond-file", "data_offsets end far behind the file", "tensorBeyondFile",
        with_entry(shape=[2**40], data_offsets=[0, 2**42]),
    ),
    (
        "offsets-near-maximum", "data_offsets at the end of the 64-bit range", "tensorBeyondFile",
        with_entry(data_offsets=[2**63 - 9, 2**63 - 1]),
    ),
    ("size-too-small", "dtype and shape need more bytes than data_offsets give", "sizeMismatch", with_entry(shape=[3])),
    (
        "size-too-large", "dtype and shape need fewer bytes than data_offsets give", "sizeMismatch",
        with_entry(shape=[1]),
    ),
    ("size-scalar", "a scalar with the bytes of two", "sizeMismatch", with_entry(shape=[])),
    ("size-empty", "a tensor without elements, with bytes", "sizeMismatch", with_entry(shape=[0])),
    ("f4-odd-count", "three elements of 4 bits", "notWholeBytes", file_bytes({"a": entry("F4", [3], 0, 2)}, b"\0\0")),
    (
        "f6-odd-count", "two elements of 6 bits", "notWholeBytes",
        file_bytes({"a": entry("F6_E2M3", [2], 0, 2)}, b"\0\0"),
    ),
]

COVERAGE = [
    (
        "overlap", "two tensors share four bytes", "overlap",
        file_bytes({"a": GOOD, "b": entry("F32", [2], 4, 12)}, bytes(12)),
    ),
    ("overlap-same", "two tensors over the same bytes", "overlap", file_bytes({"a": GOOD, "b": GOOD}, EIGHT)),
    (
        "overlap-inside", "a tensor inside another", "overlap",
        file_bytes({"a": GOOD, "b": entry("U8", [2], 3, 5)}, EIGHT),
    ),
    (
        "overlap-empty", "a tensor without bytes in the middle of another", "overlap",
        file_bytes({"a": GOOD, "b": entry("U8", [0], 4, 4)}, EIGHT),
    ),
    (
        "hole-at-start", "the first tensor does not begin at 0", "hole",
        file_bytes({"a": entry("F32", [2], 4, 12)}, bytes(12)),
    ),
    (
        "hole-in-middle", "four bytes between two tensors belong to none", "hole",
        file_bytes({"a": GOOD, "b": entry("F32", [1], 12, 16)}, bytes(16)),
    ),
    (
        "hole-of-one", "one byte for alignment between two tensors", "hole",
        file_bytes({"a": entry("U8", [7], 0, 7), "b": entry("F32", [1], 8, 12)}, bytes(12)),
    ),
]

FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
SHARDS = {
    FIRST: file_bytes({"a": GOOD}, EIGHT),
    SECOND: file_bytes({"b": GOOD}, EIGHT),
}
TWICE = SHARDS | {SECOND: file_bytes({"a": GOOD, "b": entry("F32", [2], 8, 16)}, EIGHT * 2)}


def index_of(weight_map):
    document = {"metadata": {"total_size": 16}, "weight_map": weight_map}
    return json.dumps(document, indent=2).encode() + b"\n"


WHOLE = {"a": FIRST, "b": SECOND}
DUPLICATE = f'{{"weight_map": {{"a": "{FIRST}", "b": "{SECOND}", "a": "{FIRST}"}}}}\n'.encode()

INDEXES = [
    ("index-not-json", "the index is cut", "invalidJSON", index_of(WHOLE)[:60], SHARDS),
    ("index-array", "the index is an array", "invalidIndex", b"[]\n", SHARDS),
    ("index-without-map", "the index has no weight_map", "invalidIndex", b'{"metadata": {}}\n', SHARDS),
    ("index-empty-map", "the index lists no tensor", "invalidIndex", index_of({}), SHARDS),
    ("index-map-integer", "a file name in the index is a number", "invalidIndex", index_of(WHOLE | {"a": 1}), SHARDS),
    ("index-duplicate-name", "one tensor twice in the index", "duplicateName", DUPLICATE, SHARDS),
    (
        "index-missing-shard", "the index names a file that is not there", "missingShard",
        index_of(WHOLE), {FIRST: SHARDS[FIRST]},
    ),
    (
        "index-missing-tensor", "the index names a tensor that is not in its file", "missingTensor",
        index_of(WHOLE | {"c": SECOND}), SHARDS,
    ),
    (
        "index-wrong-shard", "the index says of two tensors that each is in the other's file", "missingTensor",
        index_of({"a": SECOND, "b": FIRST}), SHARDS,
    ),
    (
        "index-unindexed-tensor", "a file holds a tensor that the index does not list", "unindexedTensor",
        index_of({"b": SECOND}), {SECOND: file_bytes({"b": GOOD, "c": entry("F32", [2], 8, 16)}, EIGHT * 2)},
    ),
    ("index-two-shards", "two files hold a tensor of one name", "tensorInTwoShards", index_of(WHOLE), TWICE),
    (
        "index-leaves-folder", "the index names a file outside of its folder", "shardOutsideFolder",
        index_of(WHOLE | {"a": "../overlap.safetensors"}), SHARDS,
    ),
    (
        "index-absolute", "the index names an absolute path", "shardOutsideFolder",
        index_of(WHOLE | {"a": "/etc/hostname"}), SHARDS,
    ),
    (
        "index-malformed-shard", "a file of the index is cut", "tensorBeyondFile",
        index_of(WHOLE), SHARDS | {SECOND: SHARDS[SECOND][:-3]},
    ),
]

README = """\
# Malformed safetensors files

One small file for every rule of the format that a file can break, and folders whose index and shards disagree.
`cases.json` says of each what is wrong and which rule it breaks. Every reader of ours must refuse every one of them
with an error of that kind, and must not crash, hang or take memory doing so.

`Fixtures/generate/malformed_safetensors.py` makes them; add a case there.
"""


def is_read_by_library(data):
    try:
        deserialize(data)
        return True
    except (SafetensorError, UnicodeDecodeError):
        return False


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    cases = []
    for name, what, error, data in FRAME + SYNTAX + ENTRIES + COVERAGE:
        file = f"{name}.safetensors"
        (OUTPUT / file).write_bytes(data)
        cases.append({"file": file, "what": what, "error": error})
        if is_read_by_library(data):
            print(f"the library reads {file}: {what}")
    for name, what, error, index, shards in INDEXES:
        folder = OUTPUT / name
        folder.mkdir(exist_ok=True)
        (folder / INDEX).write_bytes(index)
        for shard, data in shards.items():
            (folder / shard).write_bytes(data)
        cases.append({"file": f"{name}/{INDEX}", "what": what, "error": error})
    assert len({case["file"] for case in cases}) == len(cases)
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    (OUTPUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    (OUTPUT / "README.md").write_text(README, encoding="utf-8")
    print(f"{len(cases)} cases, {len({case['error'] for case in cases})} rules")


if __name__ == "__main__":
    main()
