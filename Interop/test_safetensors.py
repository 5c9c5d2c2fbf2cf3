"""Files that zoo writes against the safetensors library; the files at the edges of the format, and the hostile ones."""

import json

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save

from conftest import ROOT

EDGE = ROOT / "Fixtures" / "checkpoints" / "safetensors"
MALFORMED = ROOT / "Fixtures" / "malformed" / "safetensors"


def cases(folder):
    return json.loads((folder / "cases.json").read_text(encoding="utf-8"))


def test_export_is_what_the_library_would_write(hub_export):
    path = hub_export / "model.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    assert metadata == {"format": "pt"}
    assert save(load_file(path), metadata) == path.read_bytes()


def test_export_twice_gives_the_same_bytes(zoo, trained, hub_export, tmp_path):
    zoo("export", trained, "--to", "hub", "-o", tmp_path / "again", "--quiet")
    names = sorted(path.name for path in hub_export.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    for name in names:
        assert (hub_export / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_inspect_agrees_with_the_library(zoo, hub_export):
    path = hub_export / "model.safetensors"
    ours = {t["name"]: (t["dtype"], t["shape"]) for t in zoo.json("inspect", path, "--tensors")["tensors"]}
    with safe_open(path, framework="pt") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}
        assert ours == {name: (s.get_dtype(), s.get_shape()) for name, s in slices.items()}


@pytest.mark.parametrize("case", cases(EDGE), ids=lambda case: case["file"])
def test_edge_file_is_read(zoo, case):
    ours = zoo.json("inspect", EDGE / case["file"], "--tensors")["tensors"]
    expected = [(t["name"], t["dtype"], t["shape"]) for t in case["tensors"]]
    assert sorted((t["name"], t["dtype"], t["shape"]) for t in ours) == sorted(expected)


@pytest.mark.parametrize("case", cases(MALFORMED), ids=lambda case: case["file"])
def test_malformed_file_is_refused(zoo, case):
    path = MALFORMED / case["file"]
    names = [path.name]
    if path.name.endswith(".index.json"):
        path = path.parent
        names += [path.name, *(file.name for file in path.iterdir())]
    process = zoo.run("inspect", path, "--tensors")
    message = process.stderr.decode()
    assert process.returncode == 4, f"exit {process.returncode}: {message}"
    assert process.stdout == b""
    assert len(message.strip().split("\n")) == 1, message
    assert any(name in message for name in names), message
