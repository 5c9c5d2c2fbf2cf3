"""GGUF files against the gguf package: the same tensors, shapes, elements and metadata."""

import json

import gguf
import numpy
import pytest
from gguf.quants import dequantize, quantize
from safetensors.numpy import load_file

from conftest import ROOT

SOUND = ROOT / "Fixtures" / "checkpoints" / "gguf"
MALFORMED = ROOT / "Fixtures" / "malformed" / "gguf"
TYPES = gguf.GGMLQuantizationType
BLOCKS = [TYPES.Q8_0, TYPES.Q4_0]
DTYPES = {
    TYPES.F32: "F32", TYPES.F16: "F16", TYPES.BF16: "BF16", TYPES.F64: "F64", TYPES.I8: "I8", TYPES.I16: "I16",
    TYPES.I32: "I32", TYPES.I64: "I64", TYPES.Q8_0: "F32", TYPES.Q4_0: "F32",
}


def cases(folder):
    return json.loads((folder / "cases.json").read_text(encoding="utf-8"))


def shape(tensor):
    """Outermost first."""
    return [int(size) for size in reversed(tensor.shape)]


def agrees(zoo, path):
    """Compares what both say of a file; gives the package's tensors by name."""
    reader = gguf.GGUFReader(path)
    ours = zoo.json("inspect", path, "--tensors")
    assert ours["format"] == "gguf"
    readable = [t for t in reader.tensors if t.tensor_type in DTYPES]
    found = sorted((t["name"], t["dtype"], t["shape"]) for t in ours["tensors"])
    assert found == sorted((t.name, DTYPES[t.tensor_type], shape(t)) for t in readable)
    unreadable = sorted(t["name"] for t in ours.get("unreadable") or [])
    assert unreadable == sorted(t.name for t in reader.tensors if t.tensor_type not in DTYPES)
    for name, field in reader.fields.items():
        if name.startswith("GGUF."):
            continue
        text, kind = ours["metadata"][name], field.types[0]
        if kind == gguf.GGUFValueType.STRING:
            assert text == field.contents()
        elif kind == gguf.GGUFValueType.FLOAT32:
            assert numpy.float32(text) == numpy.float32(field.contents())
        elif kind == gguf.GGUFValueType.ARRAY and text.startswith("array of"):
            assert text.split()[2] == str(len(field.data))
        else:
            assert json.loads(text) == field.contents()
    return {t.name: t for t in reader.tensors}


@pytest.fixture
def written(tmp_path):
    """A small model as the package writes it."""
    rng = numpy.random.default_rng(11)
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "bert")
    writer.add_name("a model")
    writer.add_block_count(2)
    writer.add_layer_norm_eps(1e-12)
    writer.add_token_list([f"token {n}" for n in range(500)])
    writer.add_token_types([1] * 500)
    sizes = {"token_embd.weight": (40, 64), "blk.0.ffn_up.weight": (3, 4, 32), "output_norm.bias": (64,)}
    for name, size in sizes.items():
        writer.add_tensor(name, rng.standard_normal(size).astype(numpy.float32))
        writer.add_tensor(name + ".half", rng.standard_normal(size).astype(numpy.float16))
    for kind in [*BLOCKS, TYPES.BF16, TYPES.Q5_1]:
        content = quantize(rng.standard_normal((6, 128)).astype(numpy.float32), kind)
        writer.add_tensor(f"blocks.{kind.name}", content, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "model.gguf"


def test_written_by_the_package_is_read(zoo, written):
    assert len(agrees(zoo, written)) == 10


@pytest.mark.parametrize("name", ["every-type.gguf", "every-value.gguf", "alignment-256.gguf"])
def test_fixture_is_read_as_the_package_reads_it(zoo, name):
    agrees(zoo, SOUND / name)


def test_converted_elements_are_those_of_the_package(zoo, written, tmp_path):
    zoo("convert", written, tmp_path / "out.safetensors")
    found = load_file(tmp_path / "out.safetensors")
    compared = 0
    for tensor in gguf.GGUFReader(written).tensors:
        if tensor.tensor_type not in DTYPES:
            assert tensor.name not in found
        elif tensor.tensor_type == TYPES.BF16:
            assert found[tensor.name].tobytes() == tensor.data.tobytes()
        else:
            expected = dequantize(tensor.data, tensor.tensor_type) if tensor.tensor_type in BLOCKS else tensor.data
            numpy.testing.assert_array_equal(found[tensor.name], expected.reshape(shape(tensor)))
            compared += 1
    assert compared == 8


def test_published_vocabulary_is_read(zoo, test_data):
    path = test_data / "gguf_vocab" / "ggml-vocab-bert-bge.gguf"
    assert agrees(zoo, path) == {}


@pytest.mark.parametrize("case", cases(MALFORMED), ids=lambda case: case["file"])
def test_malformed_file_is_refused(zoo, case):
    process = zoo.run("inspect", MALFORMED / case["file"], "--tensors")
    message = process.stderr.decode()
    assert process.returncode == 4, f"exit {process.returncode}: {message}"
    assert process.stdout == b""
    assert len(message.strip().split("\n")) == 1 and case["file"] in message, message
