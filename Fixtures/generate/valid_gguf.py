"""Makes Fixtures/checkpoints/gguf: small sound files, most of them written by the gguf package.

    python valid_gguf.py

cases.json says what each holds: [{"file", "what", "metadata", "arrays", "tensors": [{"name", "dtype", "shape",
"storedAs", "sha256"}], "unreadable": [{"name", "description"}]}], tensors in the order of their bytes, blocks as the
package decodes them.
"""

import hashlib
import json
from pathlib import Path

import gguf
import numpy
from gguf.quants import dequantize, quantize

import gguf_bytes as hand

OUTPUT = Path(__file__).resolve().parent.parent / "checkpoints" / "gguf"
TYPES = gguf.GGMLQuantizationType
PLAIN = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8"}
rng = numpy.random.default_rng(5)


class Case:
    def __init__(self, file, what, *, alignment=None):
        self.path = OUTPUT / file
        self.record = {"file": file, "what": what, "metadata": {}, "arrays": {}, "tensors": [], "unreadable": []}
        self.writer = gguf.GGUFWriter(self.path, "bert")
        self.expect("general.architecture", "bert")
        if alignment:
            self.writer.add_custom_alignment(alignment)
            self.expect("general.alignment", str(alignment))

    def expect(self, name, text):
        self.record["metadata"][name] = text

    def array(self, name, values, text):
        self.writer.add_array(name, values)
        self.record["arrays"][name] = values
        self.expect(name, text)

    def plain(self, name, kind, shape):
        """Elements that are stored as they are."""
        if kind == "BF16":
            floats = rng.standard_normal(shape).astype("<f4")
            content = quantize(floats, TYPES.BF16)
            self.writer.add_tensor(name, content, raw_dtype=TYPES.BF16)
        else:
            integer = PLAIN[kind][-2] == "i"
            values = rng.integers(-100, 100, shape) if integer else rng.standard_normal(shape)
            content = numpy.asarray(values).astype(PLAIN[kind])
            self.writer.add_tensor(name, content)
        self.add(name, kind, shape, None, content.tobytes())

    def blocks(self, name, kind, shape):
        content = quantize(rng.standard_normal(shape).astype("<f4"), TYPES[kind])
        self.writer.add_tensor(name, content, raw_dtype=TYPES[kind])
        self.add(name, "F32", shape, kind, dequantize(content, TYPES[kind]).astype("<f4").tobytes())

    def undecoded(self, name, kind, shape):
        length, size = gguf.GGML_QUANT_SIZES[TYPES[kind]]
        content = rng.integers(0, 256, (*shape[:-1], shape[-1] // length * size)).astype("u1")
        self.writer.add_tensor(name, content, raw_dtype=TYPES[kind])
        self.record["unreadable"].append({"name": name, "description": f"{kind} {list(shape)}"})

    def add(self, name, dtype, shape, stored_as, content):
        self.record["tensors"].append({
            "name": name, "dtype": dtype, "shape": list(shape), "storedAs": stored_as,
            "sha256": hashlib.sha256(content).hexdigest(),
        })

    def finish(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()
        return self.record


def every_type():
    case = Case("every-type.gguf", "every type that can be read, and some that cannot")
    for kind in ["F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"]:
        case.plain(kind.lower(), kind, (2, 3, 4))
    case.plain("vector", "F32", (5,))
    for kind in ["Q8_0", "Q4_0"]:
        case.blocks(kind.lower(), kind, (3, 64))
        case.blocks(kind.lower() + ".deep", kind, (2, 1, 2, 32))
    for kind in ["Q4_1", "Q5_0", "Q4_K", "Q6_K", "IQ2_XXS", "TQ1_0", "MXFP4"]:
        case.undecoded(kind.lower(), kind, (2, 256))
    return case.finish()


def every_value():
    case = Case("every-value.gguf", "every type of metadata, at its limits, and no tensor", alignment=8)
    for bits in [8, 16, 32, 64]:
        for kind, number in [("uint", 2**bits - 1), ("int", -(2 ** (bits - 1)))]:
            getattr(case.writer, f"add_{kind}{bits}")(f"{kind}{bits}", number)
            case.expect(f"{kind}{bits}", str(number))
    case.writer.add_float32("float32", 1e-12)
    case.expect("float32", "1e-12")
    case.writer.add_float64("float64", 0.1)
    case.expect("float64", "0.1")
    case.writer.add_bool("yes", True)
    case.expect("yes", "true")
    case.writer.add_bool("no", False)
    case.expect("no", "false")
    case.writer.add_string("text", "größer “als” 中文\n{% x %}")
    case.expect("text", "größer “als” 中文\n{% x %}")
    case.array("short", [1, -2, 3], "[1, -2, 3]")
    case.array("words", ["a", 'b"'], '["a", "b\\""]')
    case.array("flags", [True, False], "[true, false]")
    case.array("tokens", [f"token {n}" for n in range(200)], "array of 200 strings")
    case.array("scores", [n / 2 for n in range(200)], "array of 200 f32 values")
    case.array("long", ["x" * 2000], "array of 1 strings")
    return case.finish()


def aligned():
    case = Case("alignment-256.gguf", "tensors at multiples of 256", alignment=256)
    case.plain("a", "F32", (3,))
    case.plain("b", "F16", (2, 2))
    case.blocks("c", "Q8_0", (1, 32))
    return case.finish()


def by_hand():
    """What the package does not write: version 2, nested arrays, scalars, tensors without elements, out of order."""
    eight = bytes(range(8))
    nested = hand.array(hand.ARRAY, [
        hand.array(hand.U8, [b"\1", b"\2"]), hand.array(hand.STRING, [hand.string("x")]), hand.array(hand.I8, []),
    ])
    data = hand.file_bytes(
        [
            hand.entry("nested", hand.ARRAY, nested), hand.entry("general.file_type", hand.U32, 1),
            hand.entry("empty", hand.STRING, ""),
        ],
        [
            hand.tensor("second", [2], hand.TENSOR_F32, 64), hand.tensor("scalar", [], hand.TENSOR_F32, 0),
            hand.tensor("none", [3, 0], hand.TENSOR_F16, 32), hand.tensor("future", [7], 99, 32),
        ],
        eight[:4] + bytes(28) + bytes(32) + eight, version=2)
    (OUTPUT / "version-2.gguf").write_bytes(data)
    record = {
        "file": "version-2.gguf", "what": "version 2, nested arrays, a scalar, no elements, an unknown type",
        "metadata": {"nested": '[[1, 2], ["x"], []]', "general.file_type": "1", "empty": ""}, "arrays": {}, "tensors": [],
        "unreadable": [{"name": "future", "description": "type 99 [7]"}],
    }
    for name, dtype, shape, content in [
        ("scalar", "F32", [], eight[:4]), ("none", "F16", [0, 3], b""), ("second", "F32", [2], eight)
    ]:
        record["tensors"].append({
            "name": name, "dtype": dtype, "shape": shape, "storedAs": None,
            "sha256": hashlib.sha256(content).hexdigest(),
        })
    return record


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    records = [every_type(), every_value(), aligned(), by_hand()]
    text = json.dumps(records, indent=1, ensure_ascii=False)
    (OUTPUT / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
