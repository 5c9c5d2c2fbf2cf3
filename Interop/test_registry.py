"""The registry as other programs see it, and what versions that share tensors cost."""

import json
import shutil
import struct
import subprocess

import numpy
import pytest

from conftest import COMPACT, Zoo, path_from_environment


@pytest.fixture()
def own(tmp_path):
    return Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")


def test_sha256sum_agrees_with_every_blob_and_manifest(own):
    own("import", COMPACT, "--as", "base")
    files = [p for kind in ("blobs", "manifests") for p in (own.home / kind).rglob("*") if p.is_file()]
    assert len(files) > 5
    lines = subprocess.run(["sha256sum", "--", *files], capture_output=True, text=True, check=True).stdout.splitlines()
    for path, line in zip(files, lines, strict=True):
        assert line.split()[0] == path.name
    # The segments end to end are the file that went in.
    manifest = json.loads(next(iter((own.home / "manifests/sha256").iterdir())).read_text())
    for file in manifest["files"]:
        body = b"".join(
            (own.home / "blobs/sha256" / digest[:2] / digest).read_bytes() for digest, _ in file["segments"])
        assert body == (COMPACT / file["path"]).read_bytes()


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite3_reads_the_index(own):
    own("import", COMPACT, "--as", "base")
    own("tag", "base@1", "best")
    index = own.home / "catalog.sqlite"

    def ask(query):
        return subprocess.run(
            ["sqlite3", "-readonly", index, query], capture_output=True, text=True, check=True).stdout.strip()

    assert ask("PRAGMA integrity_check") == "ok"
    shown = own.json("show", "base")["version"]
    row = ask("SELECT name, number, manifest, size, operation, architecture FROM version").split("|")
    assert row == ["base", "1", shown["digest"].removeprefix("sha256:"), str(shown["bytes"]), "import", "bert"]
    own("ls")
    assert ask("SELECT name, alias, number FROM alias") == "base|best|1"


def test_ten_heads_on_one_base_cost_little(own, tmp_path):
    """Under 1 % of the base each, in bytes on the disk."""
    rows = [f"text number {index} of the lot,{'positive' if index % 2 else 'negative'}" for index in range(40)]
    (tmp_path / "rows.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    own("import", COMPACT, "--as", "base")

    def bytes_on_disk():
        return sum(p.stat().st_size for kind in ("blobs", "manifests", "records", "refs")
                   for p in (own.home / kind).rglob("*") if p.is_file())

    base = before = bytes_on_disk()
    for seed in range(10):
        own("finetune", "base", "--task", "sentiment", "--data", tmp_path / "rows.csv", "--name", "reviews",
            "--freeze", "all", "--epochs", "1", "--seed", seed, "-q")
        now = bytes_on_disk()
        assert now - before < base / 100
        before = now
    shares = {v["version"]: v for v in own.json("du")["versions"]}
    assert len(shares) == 11
    for seed in range(1, 11):
        assert shares[f"reviews@{seed}"]["own"] < base / 100


def test_a_revision_that_changed_one_tensor_stores_one_tensor(own, tmp_path):
    numbers = numpy.random.default_rng(3)
    values = [numbers.standard_normal(1 << 18, dtype=numpy.float32) for _ in range(16)]
    folder = tmp_path / "mirror" / "model"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "tiny"}\n')

    def write():
        size = values[0].nbytes
        header = json.dumps({
            f"layer.{index}.weight": {
                "dtype": "F32", "shape": [1 << 18], "data_offsets": [index * size, (index + 1) * size]}
            for index in range(16)}).encode()
        header += b" " * (-len(header) % 8)
        body = b"".join(value.tobytes() for value in values)
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + body)

    write()
    own("mirror", "add", "lab", tmp_path / "mirror")
    own("pull", "model", "--as", "base")
    blobs = {p.name for p in (own.home / "blobs").rglob("*") if p.is_file()}
    values[7][5] += 1
    write()
    result = own.json("pull", "model", "--as", "base")
    assert result["version"] == "base@2" and result["newBytes"] == values[7].nbytes
    new = {p.name for p in (own.home / "blobs").rglob("*") if p.is_file()} - blobs
    assert len(new) == 1
