"""Writes Fixtures/checkpoints/hdf5/: sound HDF5 files at the edges of the format, and cases.json with what h5py reads.

    KERAS_BACKEND=torch python valid_hdf5.py

Needs h5py and Keras 3. The same versions write the same tensors; superblock-2.h5, superblock-3.h5 and keras-3.keras hold
the time at which they were written.
"""

import hashlib
import json
import os
import zipfile
from io import BytesIO
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import ml_dtypes
import numpy as np
from keras import layers

FOLDER = Path(__file__).resolve().parent.parent / "checkpoints" / "hdf5"
DTYPES = {
    "float16": "F16", "float32": "F32", "float64": "F64", "bfloat16": "BF16", "complex64": "C64", "bool": "BOOL",
    "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
    "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
}
random = np.random.default_rng(20261121)
cases = []


def values(dtype, *shape):
    dtype = np.dtype(dtype)
    if dtype.kind in "fcV":
        return random.standard_normal(shape).astype(dtype)
    return random.integers(0, 2 if dtype.kind == "b" else 100, shape).astype(dtype)


def tensor(name, value):
    value = np.asarray(value)
    if value.dtype.kind == "V" and value.dtype != ml_dtypes.bfloat16:
        value = value.view(ml_dtypes.bfloat16)
    little = value.astype(value.dtype.newbyteorder("<"), copy=False)
    return {
        "name": name, "dtype": DTYPES[little.dtype.name], "shape": list(value.shape),
        "sha256": hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest(),
    }


def datasets(source):
    """Every dataset of numbers by its path, as h5py reads it, one path for each object."""
    found = {}
    with h5py.File(source, "r") as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def case(name, what, tensors, *, optimizer=(), metadata=None, unreadable=(), ordered=True, mapped=None):
    cases.append({
        "file": name, "what": what, "ordered": ordered, "tensors": list(tensors), "optimizer": list(optimizer),
        "metadata": metadata or {}, "unreadable": list(unreadable), "mapped": mapped,
    })


def all_of(name, prefix=""):
    return [tensor(path.removeprefix(prefix), value) for path, value in datasets(FOLDER / name).items()]


def plain():
    with h5py.File(FOLDER / "plain.h5", "w") as file:
        for dtype in DTYPES:
            if dtype != "bfloat16":
                file[f"types/{dtype}"] = values(dtype, 2, 3)
        file["scalar"] = np.float32(1.5)
        file["empty"] = np.zeros((0, 3), np.float32)
        file["größe/重み"] = values("float32", 4)
        file.create_dataset("special", data=np.array([np.nan, np.inf, -np.inf, -0.0], np.float32))
        file.attrs["title"] = "a plain file"
        file.attrs["step"] = 7
        file.attrs["rate"] = 0.5
        file.attrs["flags"] = np.array([True, False])
        file.attrs["names"] = np.array([b"a", b"bc"])
        file["types"].attrs["note"] = "of a group"
        file["scalar"].attrs["unit"] = np.bytes_(b"mm")
    metadata = {
        "title": "a plain file", "step": "7", "rate": "0.5", "flags": "[true,false]", "names": '["a","bc"]',
        "types@note": "of a group", "scalar@unit": "mm",
    }
    case("plain.h5", "every type, a scalar, no elements", all_of("plain.h5"), metadata=metadata, mapped=True)


def storage():
    with h5py.File(FOLDER / "storage.h5", "w") as file:
        data = values("float32", 20, 7)
        file.create_dataset("big/float32", data=data.astype(">f4"))
        file.create_dataset("big/int64", data=values("int64", 5).astype(">i8"))
        file.create_dataset("big/float16", data=values("float16", 5).astype(">f2"))
        file.create_dataset("chunked/plain", data=data, chunks=(6, 3))
        file.create_dataset("chunked/deflate", data=data, chunks=(6, 3), compression="gzip")
        file.create_dataset("chunked/shuffle", data=data, chunks=(6, 3), compression="gzip", shuffle=True)
        file.create_dataset("chunked/fletcher", data=data, chunks=(6, 3), fletcher32=True)
        file.create_dataset("chunked/resizable", data=data, chunks=(8, 8), maxshape=(None, None))
        file.create_dataset("chunked/offset", data=values("int32", 30), chunks=(10,), scaleoffset=True)
        part = file.create_dataset("chunked/partly", (30,), "f4", chunks=(10,), fillvalue=2.5)
        part[10:13] = [1, 2, 3]
        file.create_dataset("unwritten", (6,), "f4", fillvalue=-1.5)
        file.create_dataset("unwritten zero", (6,), "i2")
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_layout(h5py.h5d.COMPACT)
        creation.set_obj_track_times(False)
        compact = h5py.h5d.create(
            file.id, b"compact", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((3,)), creation)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1.0, 2.0, 3.0]))
        file.create_dataset("lzf", data=data, chunks=(6, 3), compression="lzf")
    tensors = [one for one in all_of("storage.h5") if one["name"] != "lzf"]
    case("storage.h5", "big-endian, chunked, compressed, compact, unwritten", tensors, unreadable=["lzf"], mapped=False)


def others():
    with h5py.File(FOLDER / "others.h5", "w") as file:
        file["tensor"] = values("float32", 3)
        file["text/fixed"] = np.array([b"one", b"two "], "S6")
        file["text/one"] = "a single text"
        file.create_dataset("text/varying", data=["", "eins", "zwei"], dtype=h5py.string_dtype())
        file.create_dataset("compound", data=np.zeros(2, [("x", "f4"), ("y", "i4")]))
        file.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype(np.int32))
        file.create_dataset("reference", data=file["tensor"].ref, dtype=h5py.ref_dtype)
        file.create_dataset("opaque", data=np.array([b"abcd"], "V4"))
        file.create_dataset("two bytes", data=np.array([b"ab"], "V2"))
        file.create_dataset("colours", data=np.array([1, 2], "u1"), dtype=h5py.enum_dtype({"red": 1, "blue": 2}, "u1"))
        file.create_dataset("nothing", data=h5py.Empty("f4"))
        file["axis"] = values("float32", 3)
        file["axis"].make_scale("the axis")
        file["tensor"].dims[0].attach_scale(file["axis"])
        file["alias"] = file["tensor"]
        file["soft"] = h5py.SoftLink("/tensor")
        file["text again"] = file["text"]
        file["soft text"] = h5py.SoftLink("/text")
        file["dangling"] = h5py.SoftLink("/nowhere")
        file["round"] = h5py.SoftLink("/trip")
        file["trip"] = h5py.SoftLink("/round")
        file["named type"] = np.dtype("f4")
        value, axis, colours = file["tensor"][()], file["axis"][()], file["colours"][()]
    tensors = [
        tensor("alias", value), tensor("axis", axis), tensor("colours", colours),
        {"name": "nothing", "dtype": "F32", "shape": [0], "sha256": hashlib.sha256(b"").hexdigest()},
        tensor("tensor", value), tensor("soft", value),
    ]
    case(
        "others.h5", "texts, references, links, types that no tensor has", tensors,
        metadata={
            "text/fixed": '["one","two "]', "text/one": "a single text", "text/varying": '["","eins","zwei"]',
            "axis@NAME": "the axis",
        },
        unreadable=[
            "compound", "dangling", "opaque", "ragged", "reference", "round", "soft text", "text again", "trip",
            "two bytes",
        ])


def versions():
    for name, options in {
        "superblock-0.h5": {"libver": "earliest"},
        "superblock-2.h5": {"libver": ("v108", "v108")},
        "superblock-3.h5": {"libver": ("v110", "v110")},
        "user-block.h5": {"userblock_size": 1024},
    }.items():
        with h5py.File(FOLDER / name, "w", **options) as file:
            file["a/b/c"] = values("float32", 5)
            file["a/packed"] = values("int32", 3)
            file.create_dataset("chunked", data=values("float32", 9), chunks=(2,), maxshape=(None,), compression="gzip")
            for number in range(12):
                file.attrs[f"attribute {number}"] = number
        if name == "user-block.h5":
            with open(FOLDER / name, "r+b") as file:
                file.write(b"#!/bin/sh\n")
        case(name, "the same with " + name.removesuffix(".h5"), all_of(name), metadata={"attribute 11": "11"})


def keras_model(dtype="float32"):
    keras.utils.clear_session()
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="low"), layers.Dense(3, name="high")], name="inner")
    image = keras.Input((6, 6, 2), name="image")
    text = keras.Input((5,), name="text")
    hidden = layers.Conv2D(3, 3, name="convolution")(image)
    hidden = layers.BatchNormalization(name="normalization")(hidden)
    hidden = layers.Flatten(name="flat")(hidden)
    hidden = layers.Dense(8, name="dense")(hidden)
    words = layers.LSTM(4, name="memory")(layers.Embedding(10, 3, name="words")(text))
    model = keras.Model([image, text], layers.Concatenate(name="both")([inner(hidden), words]), name="small")
    if dtype != "float32":
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype=dtype, name="half")], name="narrow")
    seeded = np.random.default_rng(7)
    model.set_weights([seeded.standard_normal(w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def text(values):
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def weight_list(file, group):
    """What Keras would assign, layer after layer."""
    root = file[group] if group else file
    found = []
    for layer in text(root.attrs["layer_names"]):
        for weight in text(root[layer].attrs["weight_names"]):
            found.append((f"{layer}/{weight}", root[layer][weight][()]))
    return found


def keras_files():
    model = keras_model()
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.save(FOLDER / "keras-whole.h5")
    with h5py.File(FOLDER / "keras-whole.h5", "r") as file:
        weights = [tensor(*one) for one in weight_list(file, "model_weights")]
        names = ["optimizer_weights/" + name for name in text(file["optimizer_weights"].attrs["weight_names"])]
        optimizer = [tensor(name, file[name][()]) for name in names]
        metadata = {key: file.attrs[key] for key in ["keras_version", "backend", "model_config", "training_config"]}
        metadata["dense@weight_names"] = json.dumps(
            text(file["model_weights/dense"].attrs["weight_names"]), separators=(",", ":"))
    case("keras-whole.h5", "a whole model, legacy layout", weights, optimizer=optimizer, metadata=metadata)

    with h5py.File(FOLDER / "keras-legacy.h5", "w") as file:
        keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group(file, model)
    with h5py.File(FOLDER / "keras-legacy.h5", "r") as file:
        case(
            "keras-legacy.h5", "weights, legacy layout", [tensor(*one) for one in weight_list(file, "")],
            metadata={"layer_names": json.dumps([layer.name for layer in model.layers], separators=(",", ":"))})

    model.save_weights(FOLDER / "keras-3.weights.h5")
    found = datasets(FOLDER / "keras-3.weights.h5")
    case(
        "keras-3.weights.h5", "weights of Keras 3",
        [tensor(name, value) for name, value in found.items() if not name.startswith("optimizer/")],
        optimizer=[tensor(name, value) for name, value in found.items() if name.startswith("optimizer/")])

    archive = BytesIO()
    model.save(FOLDER / "temporary.keras")
    with zipfile.ZipFile(FOLDER / "temporary.keras") as source, zipfile.ZipFile(archive, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "metadata.json":
                data = json.dumps(json.loads(data) | {"date_saved": "2026-11-21@00:00:00"}).encode()
            target.writestr(zipfile.ZipInfo(name), data)
            if name == "model.weights.h5":
                found = datasets(BytesIO(data))
            elif name == "config.json":
                configuration = data.decode()
    (FOLDER / "temporary.keras").unlink()
    (FOLDER / "keras-3.keras").write_bytes(archive.getvalue())
    case(
        "keras-3.keras", "a whole model of Keras 3",
        [tensor(name, value) for name, value in found.items() if not name.startswith("optimizer/")],
        optimizer=[tensor(name, value) for name, value in found.items() if name.startswith("optimizer/")],
        metadata={"config.json": configuration})

    narrow = keras_model("bfloat16")
    narrow.save_weights(FOLDER / "bfloat16.weights.h5")
    case("bfloat16.weights.h5", "bfloat16 as Keras 3 writes it", all_of("bfloat16.weights.h5"))
    with h5py.File(FOLDER / "bfloat16-legacy.h5", "w") as file:
        keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group(file, narrow)
    with h5py.File(FOLDER / "bfloat16-legacy.h5", "r") as file:
        case("bfloat16-legacy.h5", "bfloat16, legacy layout", [tensor(*one) for one in weight_list(file, "")])


def in_pieces():
    names = [f"weight {number}:0" for number in range(5)]
    with h5py.File(FOLDER / "lists-in-pieces.h5", "w") as file:
        file.attrs["layer_names0"] = np.array([b"second"])
        file.attrs["layer_names1"] = np.array([b"first", b"without"])
        for layer in ["first", "second", "without"]:
            group = file.create_group(layer)
            kept = names if layer != "without" else []
            group.attrs["weight_names0"] = np.array([name.encode() for name in kept[::-1][:3]], "S12")
            group.attrs["weight_names1"] = np.array([name.encode() for name in kept[::-1][3:]], "S12")
            for name in kept:
                group[name] = values("float32", 2)
        tensors = [
            tensor(f"{layer}/{name}", file[layer][name][()]) for layer in ["second", "first"] for name in names[::-1]]
    case(
        "lists-in-pieces.h5", "lists of names cut into several attributes", tensors,
        metadata={"layer_names": '["second","first","without"]', "without@weight_names": "[]"})


def transformers_model():
    """The layout of transformers' tf_model.h5: one layer, its weights below their scope."""
    scope = "tf_bert_model/bert"
    weights = {
        f"{scope}/embeddings/word_embeddings/weight:0": values("float32", 7, 4),
        f"{scope}/encoder/layer_._0/attention/self/query/kernel:0": values("float32", 4, 4),
        f"{scope}/encoder/layer_._0/attention/self/query/bias:0": values("float32", 4),
        f"{scope}/encoder/layer_._0/attention/output/LayerNorm/gamma:0": values("float32", 4),
    }
    with h5py.File(FOLDER / "tf_model.h5", "w") as file:
        file.attrs["layer_names"] = np.array([b"bert", b"top_level_model_weights"])
        file.attrs["backend"] = np.bytes_(b"tensorflow")
        file.attrs["keras_version"] = np.bytes_(b"2.10.0")
        group = file.create_group("bert")
        file.create_group("top_level_model_weights").attrs["weight_names"] = np.zeros(0)
        group.attrs["weight_names"] = np.array([name.encode() for name in weights])
        for name, value in weights.items():
            group[name] = value
    case(
        "tf_model.h5", "the layout of transformers", [tensor(f"bert/{name}", value) for name, value in weights.items()],
        metadata={"keras_version": "2.10.0"}, mapped=True)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in [plain, storage, others, versions, keras_files, in_pieces, transformers_model]:
        make()
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
