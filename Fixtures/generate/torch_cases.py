"""Makes Fixtures/checkpoints/torch: small files that torch.save writes, and a few that only other tools would.

    python torch_cases.py

cases.json says of each what a reader has to find: names, dtypes, shapes, SHA-256 of the elements, metadata, the
optimizer's state, and what is listed without being read.
"""

import collections
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy
import torch

from zip_bytes import Entry, archive

OUTPUT = Path(__file__).resolve().parent.parent / "checkpoints" / "torch"
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.complex64: "C64",
    torch.uint16: "U16",
    torch.uint32: "U32",
    torch.uint64: "U64",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.float8_e4m3fnuz: "F8_E4M3FNUZ",
    torch.float8_e5m2fnuz: "F8_E5M2FNUZ",
    torch.float8_e8m0fnu: "F8_E8M0",
}


def elements(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def described(name, tensor):
    return {
        "name": name,
        "dtype": DTYPES[tensor.dtype],
        "shape": list(tensor.shape),
        "sha256": hashlib.sha256(elements(tensor)).hexdigest(),
    }


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return steady(buffer.getvalue()) if "_use_new_zipfile_serialization" in options else buffer.getvalue()


def steady(data):
    """The format before 1.6 names storages by their addresses: they become numbers of as many digits."""
    addresses = list(dict.fromkeys(re.findall(rb"(?<=[X\x8c][\x0e\x0f])(?:\0\0\0)?(\d{14,15})", data)))
    for number, address in enumerate(addresses, 1):
        data = data.replace(address, b"%0*d" % (len(address), number))
    return data


def rezipped(data, change=lambda name, content: content, method=zipfile.ZIP_STORED, first=None):
    """The same records in an archive of Python's, each as `change` gives it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", method) as target:
        for info in source.infolist():
            plain = zipfile.ZipInfo(info.filename)
            target.writestr(plain, change(info.filename, source.read(info)), method)
    return buffer.getvalue()


def base():
    generator = torch.Generator().manual_seed(7)
    return collections.OrderedDict(
        weight=torch.randn(3, 4, generator=generator), bias=torch.arange(3, dtype=torch.float32)
    )


def every_dtype():
    raw = torch.arange(16, dtype=torch.uint8) * 7 % 61
    tensors = {"as " + name: raw.clone().view(dtype).reshape(2, -1) for dtype, name in DTYPES.items() if name != "BOOL"}
    tensors["as BOOL"] = torch.tensor([[True, False], [False, True]])
    return tensors


def strided():
    whole = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    cube = torch.arange(60, dtype=torch.int16).reshape(3, 4, 5)
    return {
        "whole": whole,
        "transposed": whole.t(),
        "row": whole[1],
        "column": whole[:, 2],
        "part": whole[1:3, 2:5],
        "every other": whole[::2, ::3],
        "expanded": torch.tensor([1.5]).expand(3, 2),
        "cube permuted": cube.permute(2, 0, 1),
        "cube part": cube[1:, ::2, 3],
        "scalar": torch.tensor(2.5),
        "inner scalar": whole[2, 3],
        "empty": torch.zeros(0, 3),
        "bytes": torch.arange(6, dtype=torch.uint8).reshape(2, 3).t(),
        "doubles": torch.arange(6, dtype=torch.float64).reshape(2, 3).t(),
        "unit dimensions": whole[1:2].unsqueeze(0),
    }


def training_state():
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25)
    model(torch.ones(2, 2)).sum().backward()
    optimizer.step()
    return {
        "epoch": 12,
        "state_dict": model.state_dict(),
        "best": 0.5,
        "name": "demo",
        "flags": {"ema": True, "none": None},
        "optimizer": optimizer.state_dict(),
        "numpy": numpy.float64(0.125),
        "history": [1, 2, {"t": torch.ones(2)}],
    }


def to_cuda(name, content):
    return content.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0") if name.endswith("data.pkl") else content


def swapped(tensors):
    """The file as a big-endian machine writes it."""
    widths = {str(number): tensor.element_size() for number, tensor in enumerate(tensors.values())}

    def change(name, content):
        key = name.rsplit("/", 1)[1]
        if name.endswith("/byteorder"):
            return b"big"
        if "/data/" in name:
            width = widths[key]
            return b"".join(content[i : i + width][::-1] for i in range(0, len(content), width))
        return content

    return rezipped(saved(tensors), change)


def flat(tensors):
    return [described(name, tensor) for name, tensor in tensors.items()]


def cases():
    plain = base()
    yield "state-dict", "an ordered dictionary of tensors", saved(plain), flat(plain), {}
    yield "every-dtype", "every dtype that torch and we have", saved(every_dtype()), flat(every_dtype()), {}
    yield "strided", "views of shared storages, strides, offsets, a scalar", saved(strided()), flat(strided()), {}
    yield "legacy-strided", "the same before 1.6", saved(strided(), _use_new_zipfile_serialization=False), flat(
        strided()
    ), {}
    yield "legacy", "an ordered dictionary before 1.6", saved(plain, _use_new_zipfile_serialization=False), flat(
        plain
    ), {}
    for protocol in (3, 4, 5):
        data = saved(plain, pickle_protocol=protocol)
        yield f"protocol-{protocol}", f"pickle protocol {protocol}", data, flat(plain), {}
    data = saved(plain, pickle_protocol=4, _use_new_zipfile_serialization=False)
    yield "legacy-protocol-4", "pickle protocol 4 before 1.6", data, flat(plain), {}
    parameters = {name: torch.nn.Parameter(tensor) for name, tensor in plain.items()}
    yield "parameters", "parameters instead of tensors", saved(parameters), flat(plain), {}
    yield "tensor", "a tensor alone", saved(plain["weight"]), [described("tensor", plain["weight"])], {}
    listed = [plain["weight"], (plain["bias"], 7)]
    yield "list", "a list and a tuple", saved(listed), [described("0", listed[0]), described("1.0", listed[1][0])], {}
    tied = {"a": plain["weight"], "b": plain["weight"]}
    yield "tied", "one tensor under two names", saved(tied), flat(tied), {}
    state = training_state()
    tensors = [described("state_dict." + name, tensor) for name, tensor in state["state_dict"].items()]
    tensors.append(described("history.2.t", torch.ones(2)))
    optimizer = [
        described(f"optimizer.state.{number}.{name}", tensor)
        for number, values in state["optimizer"]["state"].items()
        for name, tensor in values.items()
    ]
    more = {
        "metadata": {"epoch": "12", "best": "0.5", "name": "demo", "flags.ema": "true", "numpy": "0.125"},
        "optimizerState": optimizer,
    }
    yield "training-state", "a training loop's state: nested, an optimizer, counters", saved(state), tensors, more
    yield "legacy-training-state", "the same before 1.6", saved(
        state, _use_new_zipfile_serialization=False
    ), tensors, more
    complex_values = {"z": torch.ones(2, dtype=torch.complex128), "w": plain["weight"]}
    yield "unreadable", "an element type we do not have", saved(complex_values), flat({"w": plain["weight"]}), {
        "unreadable": ["z"]
    }
    yield "cuda", "storages of a graphics processor", rezipped(saved(plain), to_cuda), flat(plain), {}
    yield "deflated", "deflated records", rezipped(saved(strided()), method=zipfile.ZIP_DEFLATED), flat(strided()), {}
    ordered = {name: tensor for name, tensor in every_dtype().items() if name[3:] in ("F32", "I64", "F16", "U8")}
    yield "big-endian", "a big-endian machine's", swapped(ordered), flat(ordered), {}
    long_name = rezipped(saved(plain))
    with zipfile.ZipFile(io.BytesIO(long_name)) as source:
        entries = [
            Entry("a-checkpoint-with-a-very-long-name-indeed/" + name.split("/", 1)[1], source.read(name))
            for name in source.namelist()
        ]
    yield "long-name", "a folder whose name is longer than what a format is recognized by", archive(entries), flat(
        plain
    ), {}
    unit = torch.arange(4, dtype=torch.float32)[::2]
    strange = {"unit": unit.as_strided((1, 2), (2**61, 2)), "none": torch.zeros(0, 2**31, 2**31)}
    listed = [
        described("unit", unit.reshape(1, 2)),
        {"name": "none", "dtype": "F32", "shape": [0, 2**31, 2**31], "sha256": hashlib.sha256(b"").hexdigest()},
    ]
    yield "strange-strides", "strides and sizes that mean nothing", saved(strange), listed, {}
    torch.serialization.set_crc32_options(False)
    yield "no-checksums", "saved without checksums", saved(plain), flat(plain), {}
    torch.serialization.set_crc32_options(True)
    yield "empty", "no tensors", saved({}), [], {}


def write_sharded():
    """A folder of two shards with their index, as transformers writes them."""
    folder = OUTPUT / "sharded"
    folder.mkdir(exist_ok=True)
    shards = {
        "pytorch_model-00001-of-00002.bin": {"a": torch.arange(4.0), "layer.10.weight": torch.arange(3.0)},
        "pytorch_model-00002-of-00002.bin": {"layer.2.weight": torch.arange(5.0), "z": torch.ones(2).half()},
    }
    for name, tensors in shards.items():
        (folder / name).write_bytes(saved(tensors))
    weight_map = {tensor: shard for shard, tensors in shards.items() for tensor in tensors}
    index = {"metadata": {"total_size": 52}, "weight_map": weight_map}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return [described(name, tensor) for tensors in shards.values() for name, tensor in tensors.items()]


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    listed = []
    for name, what, data, tensors, more in cases():
        (OUTPUT / f"{name}.pt").write_bytes(data)
        case = {"file": f"{name}.pt", "what": what, "metadata": {}, "optimizerState": [], "unreadable": []}
        listed.append(case | more | {"tensors": tensors})
    listed.append(
        {
            "file": "sharded",
            "what": "a folder of two shards and their index",
            "metadata": {},
            "optimizerState": [],
            "unreadable": [],
            "tensors": write_sharded(),
        }
    )
    (OUTPUT / "cases.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    print(f"{len(listed)} cases")


if __name__ == "__main__":
    main()
