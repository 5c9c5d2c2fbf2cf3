"""Writes Fixtures/malformed/hdf5/: HDF5 files that must be refused, and cases.json with the error each must give.

    python malformed_hdf5.py

Needs h5py. The same version writes the same bytes, but for the times in virtual-dataset.h5.
"""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "malformed" / "hdf5"
cases = []


def case(name, what, error, data=None):
    if data is not None:
        (FOLDER / name).write_bytes(data)
    cases.append({"file": name, "what": what, "error": error})


def written(name, fill, **options):
    with h5py.File(FOLDER / name, "w", **options) as file:
        fill(file)
    return (FOLDER / name).read_bytes()


def small(file):
    file["group/tensor"] = np.arange(64, dtype=np.float32)
    file.attrs["title"] = "small"


def replaced(data, old, new):
    assert data.count(old) >= 1 and len(old) == len(new), old
    return data.replace(old, new, 1)


def damaged():
    data = written("small.h5", small)
    (FOLDER / "small.h5").unlink()
    for name, count in {"signature": 8, "superblock": 60, "middle": len(data) // 2, "last-byte": len(data) - 1}.items():
        case(f"cut-after-{name}.h5", f"the file ends after {count} bytes", "hdf5Unreadable", data[:count])
    case("empty.h5", "no bytes", "hdf5Unreadable", b"")
    case("other.h5", "another file under this name", "hdf5Unreadable", b"version https://git-lfs.github.com/spec/v1\n")
    case("superblock-version.h5", "a superblock of version 9", "hdf5Unreadable", data[:8] + b"\x09" + data[9:])
    case("size-of-offsets.h5", "offsets of 3 bytes", "hdf5Unreadable", data[:13] + b"\x03" + data[14:])
    case("root-address.h5", "the root lies beyond the file", "hdf5Unreadable",
         data[:64] + (1 << 40).to_bytes(8, "little") + data[72:])
    case("tree-signature.h5", "a tree of links without its signature", "hdf5Unreadable", replaced(data, b"TREE", b"XXXX"))
    case("heap-signature.h5", "a heap of names without its signature", "hdf5Unreadable", replaced(data, b"HEAP", b"XXXX"))
    case("node-signature.h5", "a node of links without its signature", "hdf5Unreadable", replaced(data, b"SNOD", b"XXXX"))
    with h5py.File("offset", "w", driver="core", backing_store=False) as file:
        small(file)
        offset = file["group/tensor"].id.get_offset()
    for name, place in {"beyond": 1 << 40, "last-bytes": len(data) - 255, "near-maximum": (1 << 64) - 200}.items():
        case(f"data-{name}.h5", f"elements that begin at byte {place} of {len(data)}", "hdf5BeyondFile",
             replaced(data, offset.to_bytes(8, "little") + (256).to_bytes(8, "little"),
                      place.to_bytes(8, "little") + (256).to_bytes(8, "little")))


def outside():
    def link(file):
        file["there"] = h5py.ExternalLink("/etc/passwd", "/")

    def storage(file):
        file.create_dataset("there", (4,), "u1", external=[("/etc/passwd", 0, 4)])

    def virtual(file):
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource("/etc/passwd", "there", (4,))
        file.create_virtual_dataset("there", layout)

    written("external-link.h5", link)
    case("external-link.h5", "a link to another file", "hdf5ExternalLink")
    written("external-storage.h5", storage)
    case("external-storage.h5", "elements in another file", "hdf5ExternalStorage")
    written("virtual-dataset.h5", virtual, libver=("v110", "v110"))
    case("virtual-dataset.h5", "parts of another file", "hdf5VirtualDataset")


def structure():
    def cycle(file):
        inner = file.create_group("a/b")
        inner["again"] = file["a"]

    def root(file):
        file["root"] = file["/"]

    def deep(file):
        file.create_group("/".join("g" * 80))

    def missing(file):
        file.attrs["layer_names"] = np.array([b"dense"])
        file.create_group("dense").attrs["weight_names"] = np.array([b"dense/kernel:0"])

    def overflow(file):
        file.create_dataset("wide", (1 << 31, 1 << 31, 4), "f4", chunks=(1, 1, 1))

    for name, fill, what, error in [
        ("cyclic-group.h5", cycle, "a group that contains a group above it", "hdf5CyclicGroups"),
        ("cyclic-root.h5", root, "the root contains itself", "hdf5CyclicGroups"),
        ("deep-groups.h5", deep, "80 groups inside each other", "hdf5TooDeep"),
        ("missing-weight.h5", missing, "a layer lists a weight that is not there", "hdf5MissingWeight"),
        ("shape-overflow.h5", overflow, "a shape whose size does not fit 64 bits", "shapeOverflow"),
    ]:
        written(name, fill)
        case(name, what, error)


def archives():
    data = written("small.h5", small)
    (FOLDER / "small.h5").unlink()
    for name, entries, what, error in [
        ("no-weights.keras", {"metadata.json": b"{}", "config.json": b"{}"}, "no weights", "kerasWeights"),
        ("cut-weights.keras", {"model.weights.h5": data[:-1]}, "weights that are cut off", "hdf5Unreadable"),
        ("no-hdf5.keras", {"config.json": b"{}", "model.weights.h5": b"x" * 99}, "weights that are not HDF5",
         "hdf5Unreadable"),
    ]:
        with zipfile.ZipFile(FOLDER / name, "w") as archive:
            for entry, content in entries.items():
                archive.writestr(zipfile.ZipInfo(entry), content)
        case(name, what, error)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in [damaged, outside, structure, archives]:
        make()
    lines = ",\n".join("  " + json.dumps(one) for one in cases)
    (FOLDER / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
