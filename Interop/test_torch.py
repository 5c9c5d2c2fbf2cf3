"""PyTorch checkpoints in both directions: what torch.save writes is read, what zoo writes torch.load reads."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from conftest import ROOT

SOUND = ROOT / "Fixtures" / "checkpoints" / "torch"
MALFORMED = ROOT / "Fixtures" / "malformed" / "torch"
DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
]


def cases(folder):
    return json.loads((folder / "cases.json").read_text(encoding="utf-8"))


def raw(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape, name
        assert raw(ours[name]) == raw(tensor), name


def tensors():
    bits = torch.arange(48, dtype=torch.uint8) * 37 % 61
    every = {"as " + str(dtype): bits.clone().view(dtype).reshape(2, -1) for dtype in DTYPES if dtype != torch.bool}
    grid = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    views = {"grid": grid, "transposed": grid.t(), "part": grid[1:3, ::2], "expanded": grid[:1, :1].expand(3, 2)}
    others = {"as torch.bool": torch.tensor([True, False]), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)}
    return every | views | others | {"name with é and spaces": torch.ones(1)}


def converted(zoo, source, target):
    zoo("convert", source, target, "--quiet")
    return target


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 4}], ids=str)
def test_what_torch_saves_is_read(zoo, tmp_path, options):
    expected = tensors()
    if "_use_new_zipfile_serialization" in options:
        # The format before 1.6 has no storages for them.
        expected = {
            name: tensor
            for name, tensor in expected.items()
            if "uint16" not in name and "uint32" not in name and "uint64" not in name and "float8" not in name
        }
    torch.save(expected, tmp_path / "source.pt", **options)
    converted(zoo, tmp_path / "source.pt", tmp_path / "target.safetensors")
    ours = load_file(tmp_path / "target.safetensors")
    same({name: ours[name] for name in expected}, expected)


def test_what_zoo_writes_torch_loads(zoo, tmp_path):
    expected = {name: tensor.contiguous() for name, tensor in tensors().items()}
    expected.pop("expanded")
    save_file(expected, tmp_path / "source.safetensors")
    written = converted(zoo, tmp_path / "source.safetensors", tmp_path / "target.pt")
    loaded = torch.load(written, weights_only=True)
    same({name: loaded[name] for name in expected}, expected)
    assert torch.load(written, weights_only=True, mmap=True).keys() == loaded.keys()
    again = converted(zoo, tmp_path / "source.safetensors", tmp_path / "again.pt")
    assert again.read_bytes() == written.read_bytes()


def test_a_module_loads_what_zoo_writes(zoo, tmp_path):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(5, 2))
    torch.save(model.state_dict(), tmp_path / "source.pt")
    written = converted(zoo, tmp_path / "source.pt", tmp_path / "target.pt")
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(5, 2))
    other.load_state_dict(torch.load(written, weights_only=True))
    same(other.state_dict(), model.state_dict())


@pytest.mark.parametrize("case", cases(SOUND), ids=lambda case: case["file"])
def test_fixture_is_read_alike(zoo, case):
    """zoo agrees with the recorded description, and so does torch where it reads the file at all."""
    ours = zoo.json("inspect", SOUND / case["file"], "--tensors")["tensors"]
    expected = [(t["name"], t["dtype"], t["shape"]) for t in case["tensors"]]
    assert [(t["name"], t["dtype"], t["shape"]) for t in ours] == expected
    if case["file"] in ("state-dict.pt", "strided.pt", "every-dtype.pt", "cuda.pt", "long-name.pt", "no-checksums.pt"):
        loaded = torch.load(SOUND / case["file"], weights_only=True, map_location="cpu")
        digests = [hashlib.sha256(raw(tensor)).hexdigest() for tensor in loaded.values()]
        assert digests == [t["sha256"] for t in case["tensors"]]


@pytest.mark.parametrize("case", cases(MALFORMED), ids=lambda case: case["file"])
def test_malformed_file_is_refused(zoo, case, tmp_path):
    process = zoo.run("inspect", MALFORMED / case["file"], "--tensors")
    message = process.stderr.decode()
    if case["error"] == "pickleGlobal":
        # What can be said of the file is printed, and the global is named either way.
        assert case["names"] in message + process.stdout.decode(), message
    else:
        assert process.returncode == 4, f"exit {process.returncode}: {message}"
        assert process.stdout == b"" and len(message.strip().split("\n")) == 1, message
    process = zoo.run("convert", MALFORMED / case["file"], tmp_path / "target.safetensors")
    assert process.returncode == 4, f"exit {process.returncode}: {process.stderr.decode()}"
    assert not (tmp_path / "target.safetensors").exists()
