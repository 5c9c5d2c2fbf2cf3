"""Arrays of NumPy in both directions."""

import json

import numpy
import pytest
from safetensors.numpy import load_file, save_file

from conftest import ROOT

SOUND = ROOT / "Fixtures" / "checkpoints" / "numpy"
MALFORMED = [ROOT / "Fixtures" / "malformed" / folder for folder in ("numpy", "zip")]
CODES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1", "c8"]


def cases(folder):
    return json.loads((folder / "cases.json").read_text(encoding="utf-8"))


def arrays():
    every = {
        "as " + code: (numpy.arange(6) % 2 if code == "b1" else numpy.arange(6)).astype(code).reshape(2, 3)
        for code in CODES
    }
    long_name = "encoder.layer.0.attention.self.query.weight"
    return {long_name: numpy.ones((2, 2), "f4"), "x/y": numpy.zeros((0, 3), "f4"), "scalar": numpy.array(2.5)} | every


def same(ours, theirs):
    assert sorted(ours) == sorted(theirs)
    for name, array in theirs.items():
        assert ours[name].dtype == array.dtype.newbyteorder("=") and ours[name].shape == array.shape, name
        assert numpy.array_equal(ours[name], array), name


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed], ids=lambda save: save.__name__)
@pytest.mark.parametrize("order", ["C", "F", "big-endian"])
def test_what_numpy_saves_is_read(zoo, tmp_path, save, order):
    expected = arrays()
    stored = {
        name: numpy.asarray(array, order=order) if order in "CF" else array.astype(array.dtype.newbyteorder(">"))
        for name, array in expected.items()
    }
    save(tmp_path / "source.npz", **stored)
    zoo("convert", tmp_path / "source.npz", tmp_path / "target.safetensors", "--quiet")
    same(load_file(tmp_path / "target.safetensors"), expected)


def test_what_zoo_writes_numpy_loads(zoo, tmp_path):
    expected = arrays()
    save_file(expected, tmp_path / "source.safetensors")
    for name in ("target.npz", "again.npz"):
        zoo("convert", tmp_path / "source.safetensors", tmp_path / name, "--quiet")
    with numpy.load(tmp_path / "target.npz") as loaded:
        same({name: loaded[name] for name in loaded.files}, expected)
    assert (tmp_path / "target.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_bfloat16_is_refused_by_name(zoo, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"half.way": torch.ones(2, dtype=torch.bfloat16)}, tmp_path / "source.pt")
    process = zoo.run("convert", tmp_path / "source.pt", tmp_path / "target.npz")
    assert process.returncode == 4 and "half.way" in process.stderr.decode()
    assert not (tmp_path / "target.npz").exists()


@pytest.mark.parametrize("case", cases(SOUND), ids=lambda case: case["file"])
def test_fixture_is_read(zoo, case):
    ours = zoo.json("inspect", SOUND / case["file"], "--tensors")["tensors"]
    assert [(t["name"], t["dtype"], t["shape"]) for t in ours] == [
        (t["name"], t["dtype"], t["shape"]) for t in case["tensors"]
    ]


@pytest.mark.parametrize(
    "path", [folder / case["file"] for folder in MALFORMED for case in cases(folder)], ids=lambda path: path.name
)
def test_malformed_file_is_refused(zoo, path, tmp_path):
    process = zoo.run("convert", path, tmp_path / "target.safetensors")
    message = process.stderr.decode()
    assert process.returncode == 4, f"exit {process.returncode}: {message}"
    assert len(message.strip().split("\n")) == 1 and path.name in message, message
    assert not (tmp_path / "target.safetensors").exists()
