"""Makes Fixtures/malformed/gguf: one small file for every way a GGUF file can lie.

    python malformed_gguf.py

cases.json lists them: [{"file", "what", "error"}], `error` being the name of the rule that is broken. The generator
prints which of them the gguf package for Python reads all the same.
"""

import json
import struct
import tempfile
import warnings
from pathlib import Path

import gguf

from gguf_bytes import (
    ARRAY, BOOL, F32, I8, STRING, TENSOR_F16, TENSOR_F32, TENSOR_I8, TENSOR_Q4_K, TENSOR_Q8_0, U8, U32, U64, array,
    entry, file_bytes, string, tensor)

OUTPUT = Path(__file__).resolve().parent.parent / "malformed" / "gguf"

EIGHT = bytes(range(8))
PAIR = tensor("a", [2], TENSOR_F32, 0)
GOOD = file_bytes([entry("k", U32, 1)], [PAIR], EIGHT)


def with_tensor(*arguments, data=EIGHT, **keywords):
    return file_bytes([], [tensor(*arguments, **keywords)], data)


def with_value(kind, body):
    """A file of one metadata entry whose value is `body`."""
    return file_bytes([string("k") + struct.pack("<I", kind) + body])


def nested(depth):
    body = array(I8, [b"\1"])
    for _ in range(depth - 1):
        body = array(ARRAY, [body])
    return body


def aligned(kind, content):
    return file_bytes([entry("general.alignment", kind, content)], [PAIR], EIGHT)


FRAME = [
    ("magic-only", "the file ends after the magic", "ggufTruncated", b"GGUF"),
    ("counts-cut", "the file ends inside the counts", "ggufTruncated", GOOD[:20]),
    ("version-0", "version 0", "ggufBigEndian", file_bytes(version=0)),
    ("version-1", "version 1, whose counts have 32 bits", "ggufVersion", b"GGUF" + struct.pack("<III", 1, 0, 0)),
    ("version-4", "a version that does not exist yet", "ggufVersion", file_bytes(version=4)),
    ("version-large", "a version of 2^32 - 1", "ggufVersion", file_bytes(version=2**32 - 1)),
    (
        "big-endian", "a sound file in the other byte order", "ggufBigEndian",
        b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    ),
    ("tensors-too-many", "2^64 - 1 tensors", "ggufTooMany", file_bytes(counts=(2**64 - 1, 0))),
    ("tensors-over-limit", "one tensor more than allowed", "ggufTooMany", file_bytes(counts=(2**17 + 1, 0))),
    ("tensors-beyond-file", "more tensors than the file has bytes for", "ggufTruncated", file_bytes(counts=(1000, 0))),
    (
        "tensors-one-missing", "two tensors, and one in the table", "ggufTruncated",
        file_bytes([], [PAIR], counts=(2, 0)),
    ),
    ("entries-too-many", "2^63 metadata entries", "ggufTooMany", file_bytes(counts=(0, 2**63))),
    ("entries-over-limit", "one entry more than allowed", "ggufTooMany", file_bytes(counts=(0, 2**16 + 1))),
    ("entries-beyond-file", "more entries than the file has bytes for", "ggufTruncated", file_bytes(counts=(0, 100))),
    (
        "counts-swapped", "an entry where a tensor should be", "ggufTooManyDimensions",
        file_bytes([entry("key", STRING, "y" * 9), entry("other", STRING, "x" * 40)], counts=(1, 0)),
    ),
    ("header-cut", "the file ends inside the table of tensors", "ggufTruncated", GOOD[:60]),
]

METADATA = [
    ("name-beyond-file", "a name longer than the file", "ggufTruncated", file_bytes([string("k", 60_000) + bytes(12)])),
    ("name-too-long", "a name of 65,536 bytes", "ggufStringTooLong", file_bytes([entry("k" * 65_536, U8, 1)])),
    (
        "name-length-negative", "a name of 2^64 - 1 bytes", "ggufStringTooLong",
        file_bytes([string("k", 2**64 - 1) + bytes(12)]),
    ),
    (
        "name-length-wraps", "a name's length that wraps to its own start", "ggufStringTooLong",
        file_bytes([string("k", 2**64 - 8) + bytes(12)]),
    ),
    ("name-not-utf-8", "a name that is not UTF-8", "ggufNotUTF8", file_bytes([entry(b"\xff\xfe", U8, 1)])),
    ("name-overlong", "a name in an overlong encoding", "ggufNotUTF8", file_bytes([entry(b"\xc0\xaf", U8, 1)])),
    ("name-twice", "two entries of one name", "ggufDuplicateKey", file_bytes([entry("k", U8, 1), entry("k", U32, 2)])),
    ("type-unknown", "a value of type 13", "ggufValueType", file_bytes([string("k") + struct.pack("<II", 13, 0)])),
    ("type-large", "a value of type 2^32 - 1", "ggufValueType", file_bytes([string("k") + b"\xff" * 4 + bytes(8)])),
    ("value-cut", "the file ends inside a number", "ggufTruncated", with_value(U64, bytes(5))),
    ("boolean-two", "a truth value of 2", "ggufBoolean", with_value(BOOL, b"\2")),
    (
        "boolean-in-array", "a truth value of 255 in an array", "ggufBoolean",
        with_value(ARRAY, array(BOOL, [b"\1\xff"], 2)),
    ),
    ("string-beyond-file", "a string longer than the file", "ggufTruncated", with_value(STRING, string("abc", 1000))),
    ("string-too-long", "a string of 2^40 bytes", "ggufStringTooLong", with_value(STRING, string("abc", 2**40))),
    (
        "string-not-utf-8", "a string with half a surrogate pair", "ggufNotUTF8",
        with_value(STRING, string(b"\xed\xa0\x80")),
    ),
    ("array-type-unknown", "an array of type 77", "ggufValueType", with_value(ARRAY, array(77, [EIGHT]))),
    (
        "array-beyond-file", "an array of more numbers than the file has", "ggufTruncated",
        with_value(ARRAY, array(U32, [EIGHT], 3)),
    ),
    (
        "array-too-long", "an array of 2^61 numbers, 2^64 bytes", "ggufTooMany",
        with_value(ARRAY, array(U64, [EIGHT], 2**61)),
    ),
    (
        "array-length-negative", "an array of 2^64 - 1 bytes", "ggufTooMany",
        with_value(ARRAY, array(U8, [EIGHT], 2**64 - 1)),
    ),
    (
        "array-strings-beyond-file", "an array of strings, the last of which leaves the file", "ggufTruncated",
        with_value(ARRAY, array(STRING, [string("a"), string("b", 2**63)])),
    ),
    (
        "array-strings-missing", "an array of more strings than there are", "ggufTruncated",
        with_value(ARRAY, array(STRING, [string("a" * 40)], 4)),
    ),
    (
        "array-string-not-utf-8", "a short array with a string that is not UTF-8", "ggufNotUTF8",
        with_value(ARRAY, array(STRING, [string(b"\x80")])),
    ),
    ("array-five-deep", "arrays five levels deep", "ggufTooDeep", with_value(ARRAY, nested(5))),
    ("array-1000-deep", "arrays a thousand levels deep", "ggufTooDeep", with_value(ARRAY, nested(1000))),
    (
        "array-of-empty-arrays", "an array of 2^22 + 1 arrays", "ggufTooMany",
        with_value(ARRAY, array(ARRAY, [array(U8, [])], 2**22 + 1)),
    ),
    ("alignment-zero", "an alignment of 0", "ggufAlignment", aligned(U32, 0)),
    ("alignment-24", "an alignment that is no power of two", "ggufAlignment", aligned(U32, 24)),
    ("alignment-u64", "an alignment in 64 bits", "ggufAlignment", aligned(U64, 32)),
    ("alignment-string", "an alignment in words", "ggufAlignment", aligned(STRING, "32")),
    ("alignment-float", "an alignment of 32.0", "ggufAlignment", aligned(F32, 32.0)),
    ("alignment-huge", "an alignment beyond the file", "tensorBeyondFile", aligned(U32, 2**31)),
]

TENSORS = [
    (
        "tensor-name-beyond-file", "a tensor's name longer than the file", "ggufTruncated",
        file_bytes([], [string("a", 500) + bytes(30)]),
    ),
    (
        "tensor-name-not-utf-8", "a tensor's name that is not UTF-8", "ggufNotUTF8",
        with_tensor(b"\xff", [2], TENSOR_F32, 0),
    ),
    (
        "tensor-twice", "two tensors of one name", "duplicateName",
        file_bytes([], [PAIR, tensor("a", [2], TENSOR_F32, 32)], bytes(40)),
    ),
    ("rank-5", "five dimensions", "ggufTooManyDimensions", with_tensor("a", [1, 1, 1, 1, 2], TENSOR_F32, 0)),
    ("rank-huge", "2^32 - 1 dimensions", "ggufTooManyDimensions", with_tensor("a", [2], TENSOR_F32, 0, rank=2**32 - 1)),
    ("size-negative", "a size of 2^64 - 1", "shapeOverflow", with_tensor("a", [2**64 - 1], TENSOR_F32, 0)),
    (
        "shape-product-wraps", "sizes whose product wraps to 0", "shapeOverflow",
        with_tensor("a", [2**32, 2**32], TENSOR_F32, 0),
    ),
    (
        "shape-bytes-overflow", "a count that fits and a byte count that wraps to 8", "shapeOverflow",
        with_tensor("a", [2**62 + 2], TENSOR_F32, 0),
    ),
    (
        "shape-blocks-overflow", "blocks whose byte count wraps", "shapeOverflow",
        with_tensor("a", [2**62], TENSOR_Q8_0, 0),
    ),
    ("shape-beyond-file", "a tensor of 2^42 bytes", "tensorBeyondFile", with_tensor("a", [2**40], TENSOR_F32, 0)),
    (
        "rows-not-blocks", "rows of 31 in blocks of 32", "ggufNotWholeBlocks",
        with_tensor("a", [31], TENSOR_Q8_0, 0, data=bytes(34)),
    ),
    (
        "rows-not-blocks-in-all", "rows of 16 whose product is a block", "ggufNotWholeBlocks",
        with_tensor("a", [16, 2], TENSOR_Q8_0, 0, data=bytes(34)),
    ),
    (
        "rows-not-super-blocks", "rows of 32 in blocks of 256", "ggufNotWholeBlocks",
        with_tensor("a", [32, 8], TENSOR_Q4_K, 0, data=bytes(144)),
    ),
    (
        "scalar-in-blocks", "a scalar in blocks of 32", "ggufNotWholeBlocks",
        with_tensor("a", [], TENSOR_Q8_0, 0, data=bytes(34)),
    ),
    (
        "offset-misaligned", "a tensor at byte 4 of the data", "ggufMisaligned",
        with_tensor("a", [2], TENSOR_F32, 4, data=bytes(40)),
    ),
    (
        "offset-beyond-file", "a tensor that begins behind the file", "tensorBeyondFile",
        with_tensor("a", [2], TENSOR_F32, 64),
    ),
    (
        "offset-near-maximum", "a tensor at the end of the 63-bit range", "tensorBeyondFile",
        with_tensor("a", [2], TENSOR_F32, 2**63 - 32),
    ),
    (
        "offset-wraps", "a tensor whose end wraps to 0", "tensorBeyondFile",
        with_tensor("a", [8], TENSOR_F32, 2**64 - 32),
    ),
    (
        "unknown-type-beyond-file", "a tensor of unknown type behind the file", "tensorBeyondFile",
        with_tensor("a", [2], 99, 2**40),
    ),
    (
        "empty-beyond-file", "a tensor without elements behind the file", "tensorBeyondFile",
        with_tensor("a", [0], TENSOR_F32, 64),
    ),
    ("data-missing", "the file ends with the header", "tensorBeyondFile", file_bytes([], [PAIR])),
    ("data-cut", "the file ends inside the last tensor", "tensorBeyondFile", GOOD[:-1]),
    (
        "blocks-cut", "the file ends inside the last block", "tensorBeyondFile",
        with_tensor("a", [64], TENSOR_Q8_0, 0, data=bytes(67)),
    ),
    (
        "undecoded-cut", "the file ends inside a block that is not decoded", "tensorBeyondFile",
        with_tensor("a", [256], TENSOR_Q4_K, 0, data=bytes(143)),
    ),
    (
        "overlap-same", "two tensors over the same bytes", "overlap",
        file_bytes([], [PAIR, tensor("b", [2], TENSOR_F32, 0)], EIGHT),
    ),
    (
        "overlap", "a tensor that begins inside the one before it", "overlap",
        file_bytes([], [tensor("a", [40], TENSOR_I8, 0), tensor("b", [2], TENSOR_F16, 32)], bytes(64)),
    ),
    (
        "overlap-undecoded", "a tensor inside one that is not decoded", "overlap",
        file_bytes([], [tensor("a", [256], TENSOR_Q4_K, 0), tensor("b", [2], TENSOR_F32, 64)], bytes(160)),
    ),
]

README = """\
# Malformed GGUF files

One small file for every rule of the format that a file can break. `cases.json` says of each what is wrong and which
rule it breaks. Every reader of ours must refuse every one of them with an error of that kind, and must not crash, hang
or take memory doing so.

`Fixtures/generate/malformed_gguf.py` makes them; add a case there.
"""


def is_read_by_package(data):
    with tempfile.NamedTemporaryFile() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.write(data)
        file.flush()
        try:
            gguf.GGUFReader(file.name)
            return True
        except Exception:  # whatever numpy makes of it
            return False


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    cases = []
    for name, what, error, data in FRAME + METADATA + TENSORS:
        file = f"{name}.gguf"
        (OUTPUT / file).write_bytes(data)
        cases.append({"file": file, "what": what, "error": error})
        if not any(claim in name for claim in ("too-", "deep", "negative", "huge", "1000", "length")):
            if is_read_by_package(data):
                print(f"the package reads {file}: {what}")
    assert len({case["file"] for case in cases}) == len(cases)
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    (OUTPUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    (OUTPUT / "README.md").write_text(README, encoding="utf-8")
    print(f"{len(cases)} cases, {len({case['error'] for case in cases})} rules")


if __name__ == "__main__":
    main()
