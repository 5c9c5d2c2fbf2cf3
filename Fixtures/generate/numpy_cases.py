"""Makes Fixtures/checkpoints/numpy and Fixtures/malformed/numpy: arrays as NumPy writes them, and arrays that lie.

    python numpy_cases.py

cases.json of the first says what a reader has to find (names, dtypes, shapes, SHA-256 of the elements in C order,
little-endian; metadata; what is listed without being read), that of the second which rule each file breaks.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy

from zip_bytes import Entry, archive

FIXTURES = Path(__file__).resolve().parent.parent
SOUND = FIXTURES / "checkpoints" / "numpy"
MALFORMED = FIXTURES / "malformed" / "numpy"
DTYPES = {
    "f8": "F64",
    "f4": "F32",
    "f2": "F16",
    "i8": "I64",
    "i4": "I32",
    "i2": "I16",
    "i1": "I8",
    "u8": "U64",
    "u4": "U32",
    "u2": "U16",
    "u1": "U8",
    "b1": "BOOL",
    "c8": "C64",
}
HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
TWO = numpy.array([1, 2], numpy.float32).tobytes()


def described(name, array):
    packed = numpy.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).tobytes()
    dtype = DTYPES[array.dtype.str[1:]]
    return {"name": name, "dtype": dtype, "shape": list(array.shape), "sha256": hashlib.sha256(packed).hexdigest()}


def array_bytes(array, version=None):
    buffer = io.BytesIO()
    numpy.lib.format.write_array(buffer, numpy.asanyarray(array), version=version, allow_pickle=False)
    return buffer.getvalue()


def archived(save=numpy.savez, **arrays):
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def raw(header=HEADER, data=TWO, version=1, length=None, magic=b"\x93NUMPY", minor=0):
    header = header if isinstance(header, bytes) else header.encode()
    width = 2 if version == 1 else 4
    length = len(header) if length is None else length
    return magic + bytes([version, minor]) + length.to_bytes(width, "little") + header + data


def header(descr="'<f4'", order="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def sound():
    grid = numpy.arange(12, dtype=numpy.float32).reshape(3, 4)
    every = {
        "as " + code: (numpy.arange(6) % 2 if code == "b1" else numpy.arange(6)).astype(code).reshape(2, 3)
        for code in DTYPES
    }
    big = {name: array.astype(array.dtype.newbyteorder(">")) for name, array in every.items()}
    for version in (1, 2, 3):
        yield f"version-{version}.npy", array_bytes(grid, (version, 0)), {f"version-{version}": grid}, {}
    yield "fortran.npy", array_bytes(numpy.asfortranarray(grid)), {"fortran": grid}, {}
    yield "scalar.npy", array_bytes(numpy.float64(2.5)), {"scalar": numpy.array(2.5)}, {}
    yield "empty.npy", array_bytes(numpy.zeros((0, 3), "i4")), {"empty": numpy.zeros((0, 3), "i4")}, {}
    yield "big-endian.npy", array_bytes(numpy.arange(3, dtype=">i8")), {"big-endian": numpy.arange(3)}, {}
    yield "python-2.npy", raw("{'descr': '<f4', 'fortran_order': False, 'shape': (2L,)}"), {
        "python-2": numpy.array([1, 2], "f4")
    }, {}
    yield "every-dtype.npz", archived(**every), every, {}
    yield "big-endian.npz", archived(**big), every, {}
    yield "compressed.npz", archived(numpy.savez_compressed, **every), every, {}
    cube = numpy.arange(24, dtype=numpy.int16).reshape(2, 3, 4)
    orders = {"c": cube, "fortran": numpy.asfortranarray(cube)}
    yield "orders.npz", archived(**orders), orders, {}
    yield "compressed-orders.npz", archived(numpy.savez_compressed, **orders), orders, {}
    long_name = {"encoder.layer.0.attention.self.query.weight": grid, "x/y": grid[0]}
    yield "long-names.npz", archived(**long_name), long_name, {}
    texts = archived(
        w=grid, note=numpy.array("a na\u00efve text"), raw=numpy.array(b"bytes"), words=numpy.array(["a", "b"])
    )
    yield "texts.npz", texts, {"w": grid}, {
        "metadata": {"note": "a na\u00efve text", "raw": "bytes"},
        "unreadable": ["words"],
    }
    records = numpy.zeros(2, [("a", "f4"), ("b", "i4", (2,))])
    others = {"w": grid, "records": records, "z": numpy.ones(2, "c16"), "when": numpy.zeros(2, "M8[s]")}
    yield "others.npz", archived(**others), {"w": grid}, {"unreadable": ["records", "z", "when"]}
    yield "no-arrays.npz", archived(), {}, {}
    buffer = io.BytesIO(archived(w=grid))
    with zipfile.ZipFile(buffer, "a") as file:
        file.comment = b'{"epoch":"3"}'
    yield "comment.npz", buffer.getvalue(), {"w": grid}, {"metadata": {"epoch": "3"}}


def malformed():
    yield "magic.npy", "another magic number", "numpyMagic", raw(magic=b"\x93NUMPZ")
    yield "short.npy", "ends inside the version", "numpyMagic", raw()[:7]
    yield "version-0.npy", "version 0", "numpyVersion", raw(version=0)
    yield "version-4.npy", "version 4", "numpyVersion", raw(version=4)
    yield "version-minor.npy", "version 1.1", "numpyVersion", raw(minor=1)
    yield "header-cut.npy", "ends inside the header", "numpyHeader", raw()[:40]
    yield "header-beyond.npy", "a header longer than the file", "numpyHeader", raw(length=60_000)
    yield "header-huge.npy", "a header of 4 GB", "numpyHeader", raw(version=2, length=2**32 - 1)
    yield "header-empty.npy", "no header", "numpyHeader", raw("")
    yield "header-code.npy", "a call instead of a dictionary", "numpyHeader", raw("__import__('os').system('echo')")
    yield "header-call.npy", "a call inside the dictionary", "numpyHeader", raw(header(shape="(len('ab'),)"))
    yield "header-comment.npy", "a comment", "numpyHeader", raw(HEADER + " # x")
    yield "header-twice.npy", "a key twice", "numpyHeader", raw(
        "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"
    )
    yield "header-missing.npy", "no shape", "numpyHeader", raw("{'descr': '<f4', 'fortran_order': False}")
    yield "header-more.npy", "a fourth key", "numpyHeader", raw(HEADER[:-1] + "'x': 1}")
    yield "header-open.npy", "a dictionary that does not end", "numpyHeader", raw(HEADER[:-1])
    yield "header-deep.npy", "a thousand lists", "numpyHeader", raw(header(descr="[" * 1000))
    yield "order.npy", "an order that is none", "numpyHeader", raw(header(order="1"))
    yield "type.npy", "a type that is none", "numpyHeader", raw(header(descr="'float'"))
    yield "shape-negative.npy", "a negative size", "numpyHeader", raw(header(shape="(-1,)"))
    yield "shape-float.npy", "a size that is no integer", "numpyHeader", raw(header(shape="(2.0,)"))
    yield "shape-beyond-64-bits.npy", "a size beyond 64 bits", "numpyHeader", raw(
        header(shape="(99999999999999999999,)")
    )
    yield "shape-rank.npy", "a hundred dimensions", "numpyHeader", raw(header(shape="(" + "1," * 100 + ")"))
    yield "shape-wraps.npy", "a product of sizes that wraps round", "numpyShape", raw(
        header(shape="(4294967296, 4294967296)")
    )
    yield "shape-bytes-wrap.npy", "a number of bytes that wraps round", "numpyShape", raw(
        header(shape="(4611686018427387904,)")
    )
    yield "data-cut.npy", "fewer bytes than the shape takes", "numpySize", raw(data=TWO[:7])
    yield "data-long.npy", "more bytes than the shape takes", "numpySize", raw(data=TWO + b"x")
    yield "shape-huge.npy", "2^40 elements in eight bytes", "numpySize", raw(header(shape="(1099511627776,)"))
    yield "objects.npy", "Python objects", "numpyObject", raw(
        header(descr="'|O'"), b"\x80\x02cos\nsystem\nX\4\0\0\0echo\x85R."
    )
    yield "objects.npz", "Python objects in an archive", "numpyObject", archive(
        [Entry("w.npy", raw()), Entry("o.npy", raw(header(descr="'|O'"), b"\x80\x02cos\nsystem\nX\4\0\0\0echo\x85R."))]
    )
    yield "objects-compressed.npz", "Python objects in a compressed archive", "numpyObject", archive(
        [Entry("o.npy", raw(header(descr="'|O'"), b"\x80\x02."), method=8)]
    )
    yield "member.npz", "a member that is no array", "numpyMember", archive(
        [Entry("w.npy", raw()), Entry("x.pkl", b"\x80\x02}.")]
    )
    yield "empty-member.npz", "a member without bytes", "numpyMagic", archive([Entry("w.npy", b"")])
    yield "data-cut.npz", "fewer bytes than the shape takes, in an archive", "numpySize", archive(
        [Entry("w.npy", raw(data=TWO[:7]))]
    )
    yield "data-cut-compressed.npz", "the same in a compressed archive", "numpySize", archive(
        [Entry("w.npy", raw(data=TWO[:7]), method=8)]
    )


def main():
    listed = []
    SOUND.mkdir(parents=True, exist_ok=True)
    for file, data, arrays, more in sound():
        (SOUND / file).write_bytes(data)
        tensors = [described(name, array) for name, array in arrays.items()]
        listed.append({"file": file, "metadata": {}, "unreadable": [], "tensors": tensors} | more)
    (SOUND / "cases.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    refused = []
    MALFORMED.mkdir(parents=True, exist_ok=True)
    for file, what, error, data in malformed():
        (MALFORMED / file).write_bytes(data)
        refused.append({"file": file, "what": what, "error": error})
    lines = ",\n".join("  " + json.dumps(case) for case in refused)
    (MALFORMED / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(listed)} cases, {len(refused)} malformed")


if __name__ == "__main__":
    main()
