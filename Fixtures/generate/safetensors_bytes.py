"""safetensors files put together by hand, so that they can be wrong in ways no library writes."""

import json
import struct


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def file_bytes(header, data=b"", length=None):
    """`header`: an object, or the bytes that stand in its place. `length`: what the first 8 bytes claim."""
    if not isinstance(header, bytes):
        header = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header) if length is None else length) + header + data
