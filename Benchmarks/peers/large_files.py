"""Makes large checkpoint files for `convert.py`.

    large_files.py same MEGABYTES FILE...    the same tensors in each file, by its suffix; files that are there are kept
    large_files.py moved MEGABYTES FILE      the same tensors, every element changed a little
    large_files.py sparse FILE               1,000 tensors, 10 GB of zeros in holes
"""
import io
import json
import os
import struct
import sys
import zlib

import numpy


def tensors(megabytes):
    generator = numpy.random.default_rng(1)
    block = generator.standard_normal((1024, 4096), dtype=numpy.float32) * numpy.float32(0.02)
    for layer in range(-(-megabytes * 1_000_000 // block.nbytes)):
        yield f"layer.{layer}.weight", block + numpy.float32(layer * 1e-4)
        yield f"layer.{layer}.bias", block[layer % 1024] * numpy.float32(0.5)


def write(path, named):
    if path.endswith(".safetensors"):
        from safetensors.numpy import save_file

        save_file(named, path)
    elif path.endswith(".pt"):
        import torch

        torch.save({name: torch.from_numpy(value) for name, value in named.items()}, path)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            for name, value in named.items():
                file[name.replace(".", "/")] = value


COUNT, SHAPE = 1000, (2500, 1000)
SIZE = 4 * SHAPE[0] * SHAPE[1]


def sparse_safetensors(path):
    header = {
        f"layer.{i}.weight": {"dtype": "F32", "shape": SHAPE, "data_offsets": [i * SIZE, (i + 1) * SIZE]}
        for i in range(COUNT)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + COUNT * SIZE)


def sparse_h5(path):
    import h5py

    with h5py.File(path, "w") as file:
        for i in range(COUNT):
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            space = h5py.h5s.create_simple(SHAPE)
            group = file.require_group(f"layer/{i}")
            h5py.h5d.create(group.id, b"weight", h5py.h5t.IEEE_F32LE, space, properties)


def sparse_zip(path, members, checksum):
    """A stored zip archive with zip64 records; `members` are (name, head, number of zeros after it)."""
    directory = b""
    with open(path, "wb") as file:
        for name, head, zeros in members:
            size, place = len(head) + zeros, file.tell()
            name = name.encode()
            # Local sizes in full, and a field that brings the content to a multiple of 64 bytes.
            pad = -(place + 30 + len(name) + 4) % 64
            fields = struct.pack("<HHHHHIII", 20, 0, 0, 0, 0x21, checksum(head, zeros), size, size)
            file.write(b"PK\3\4" + fields + struct.pack("<HH", len(name), 4 + pad) + name)
            file.write(struct.pack("<HH", 0x4246, pad) + bytes(pad) + head)
            file.seek(zeros, os.SEEK_CUR)
            extra = struct.pack("<HHQ", 1, 8, place)
            directory += b"PK\1\2" + struct.pack("<H", 45) + fields
            directory += struct.pack("<HHHHHII", len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + name + extra
        start = file.tell()
        file.write(directory)
        count, length, end = len(members), len(directory), file.tell()
        file.write(b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, length, start))
        file.write(b"PK\6\7" + struct.pack("<IQI", 0, end, 1))
        file.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def checksum_of(head, zeros):
    sum, block = zlib.crc32(head), bytes(1 << 20)
    while zeros:
        sum = zlib.crc32(block[: min(zeros, len(block))], sum)
        zeros -= min(zeros, len(block))
    return sum


def sparse_npz(path):
    head = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(
        head, {"descr": "<f4", "fortran_order": False, "shape": SHAPE})
    sum = checksum_of(head.getvalue(), SIZE)
    sparse_zip(path, [(f"layer.{i}.weight.npy", head.getvalue(), SIZE) for i in range(COUNT)], lambda *_: sum)


def sparse_pt(path):
    import torch

    state = {f"layer.{i}.weight": torch.empty(SHAPE) for i in range(COUNT)}
    torch.serialization.set_crc32_options(False)
    with torch.serialization.skip_data():
        torch.save(state, path)


def sparse_gguf(path):
    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, COUNT, 1)
    head += text("general.architecture") + struct.pack("<I", 8) + text("bert")
    for i in range(COUNT):
        head += text(f"layer.{i}.weight") + struct.pack("<IQQIQ", 2, SHAPE[1], SHAPE[0], 0, i * SIZE)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32))
        file.truncate(file.tell() + COUNT * SIZE)


def main():
    kind, *rest = sys.argv[1:]
    if kind == "sparse":
        suffix = os.path.splitext(rest[0])[1]
        makers = [sparse_safetensors, sparse_h5, sparse_npz, sparse_pt, sparse_gguf]
        {"." + maker.__name__.removeprefix("sparse_"): maker for maker in makers}[suffix](rest[0])
        return
    missing = [path for path in rest[1:] if not os.path.exists(path)]
    if missing:
        moved = numpy.float32(1e-3 if kind == "moved" else 0)
        named = {name: value + moved for name, value in tensors(int(rest[0]))}
        for path in missing:
            write(path, named)


main()
