"""Conversions hold one tensor in memory at a time, whatever the size of the file, the HDF5 child included."""

import json
import os
import struct
import subprocess
import time

import h5py
import pytest

COUNT, SHAPE = 32, (4, 1024, 1024)
LARGEST = 4 * SHAPE[0] * SHAPE[1] * SHAPE[2]
LIMIT = 300_000_000 + LARGEST


def resident(pid):
    """Bytes that a process and its children have in memory now, and the most that any one of them had so far; nothing
    once they are gone."""
    now, most = 0, 0
    try:
        with open(f"/proc/{pid}/status") as file:
            sizes = dict(line.split(":", 1) for line in file if line.startswith(("VmRSS", "VmHWM")))
        now, most = (int(sizes[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in file.read().split():
                    held, peak = resident(child)
                    now, most = now + held, max(most, peak)
    except (FileNotFoundError, KeyError, ProcessLookupError):
        pass
    return now, most


def peak(zoo, *arguments):
    """The most that a command and its children had in memory together, looked at every few milliseconds, and at least
    the most that the kernel saw of any one of them. (What wait4 tells would count this process, which it came from.)"""
    environment = os.environ | {"ZOO_HOME": str(zoo.home)}
    process = subprocess.Popen([zoo.binary, *map(str, arguments)], env=environment, stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        # Popen comes back once the new program runs: its numbers have begun anew.
        most = max(most, *resident(process.pid))
        time.sleep(0.002)
    assert process.returncode == 0, arguments
    assert most > 0
    return most


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    """Half a gigabyte of zeros, in holes."""
    path = tmp_path_factory.mktemp("sparse") / "sparse.safetensors"
    header = {
        f"layer.{i}.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [i * LARGEST, (i + 1) * LARGEST]}
        for i in range(COUNT)
    }
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + COUNT * LARGEST)
    assert COUNT * LARGEST > 1.5 * LIMIT
    return path


@pytest.fixture(scope="module")
def compressed(tmp_path_factory):
    """The same in pieces that only libhdf5 can read."""
    path = tmp_path_factory.mktemp("compressed") / "compressed.h5"
    with h5py.File(path, "w") as file:
        for i in range(COUNT):
            data = file.create_dataset(f"layer.{i}.weight", SHAPE, "<f4", chunks=(1, 512, 512), compression="gzip")
            data[...] = i
    return path


@pytest.mark.parametrize("name, options", [("x.safetensors", []), ("half.safetensors", ["--dtype", "f16"])])
def test_a_large_file_is_not_held(zoo, sparse, tmp_path, name, options):
    assert peak(zoo, "convert", sparse, tmp_path / name, *options) < LIMIT


def test_a_large_compressed_file_is_not_held(zoo, compressed, tmp_path):
    assert peak(zoo, "convert", compressed, tmp_path / "x.safetensors") < LIMIT


@pytest.mark.parametrize("suffix", [".h5", ".pt", ".npz"])
def test_there_and_back(zoo, sparse, tmp_path, suffix):
    assert peak(zoo, "convert", sparse, tmp_path / f"x{suffix}") < LIMIT
    assert peak(zoo, "convert", tmp_path / f"x{suffix}", tmp_path / "y.safetensors") < LIMIT
    assert peak(zoo, "diff", sparse, tmp_path / "y.safetensors") < LIMIT
