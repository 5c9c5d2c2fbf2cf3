"""GGUF files put together by hand, so that they can be wrong in ways no library writes."""

import struct

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
CODES = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B", U64: "Q", I64: "q", F64: "d"}
# Numbers of tensor types.
TENSOR_F32, TENSOR_F16, TENSOR_Q4_0, TENSOR_Q8_0, TENSOR_Q4_K, TENSOR_I8 = 0, 1, 2, 8, 12, 24


def string(text, length=None):
    """`length`: what it claims to have."""
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data) if length is None else length) + data


def value(kind, content):
    return string(content) if kind == STRING else struct.pack("<" + CODES[kind], content)


def array(kind, elements, count=None):
    """`elements`: encoded already. `count`: how many it claims to have."""
    return struct.pack("<IQ", kind, len(elements) if count is None else count) + b"".join(elements)


def entry(name, kind, content):
    """`content`: a value, or the bytes that stand in its place."""
    body = content if isinstance(content, bytes) and kind != STRING else value(kind, content)
    return string(name) + struct.pack("<I", kind) + body


def tensor(name, sizes, kind, offset, rank=None):
    """`sizes`: innermost first, as the file has them. `rank`: how many it claims to have."""
    rank = len(sizes) if rank is None else rank
    return string(name) + struct.pack(f"<I{len(sizes)}QIQ", rank, *sizes, kind, offset)


def file_bytes(entries=(), tensors=(), data=b"", *, magic=b"GGUF", version=3, counts=None, alignment=32):
    """`counts`: how many tensors and entries the header claims to have."""
    counts = (len(tensors), len(entries)) if counts is None else counts
    header = magic + struct.pack("<IQQ", version, *counts) + b"".join(entries) + b"".join(tensors)
    return header + (b"\0" * (-len(header) % alignment) + data if data else b"")
