"""HDF5 against h5py and Keras 3: they load what zoo writes, zoo reads what they write."""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers
from keras.src.legacy.saving import legacy_h5_format
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from conftest import ROOT

FIXTURES = ROOT / "Fixtures" / "checkpoints" / "hdf5"
NAMES = {
    "float16": "F16", "float32": "F32", "float64": "F64", "complex64": "C64", "bool": "BOOL",
    "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
    "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
}


def numbers(path):
    """Every dataset of numbers in a file, by its path, as h5py reads it."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiubc" and item.dtype.metadata is None:
            found[name] = np.asarray(item[()]).astype(item.dtype.newbyteorder("="))

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def converted(zoo, source, target, to):
    zoo("convert", source, target, "--to", to)
    return target


def same(left, right):
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


# Files of others


@pytest.fixture(scope="module")
def data_files(test_data):
    files = sorted(test_data.glob("hdf5_pyfive/*.hdf5")) + sorted(test_data.glob("fer_xception/*.hdf5"))
    assert len(files) > 15
    return files


def test_files_of_others_hold_what_h5py_says(zoo, data_files, tmp_path):
    for path in data_files:
        expected = {name.removeprefix("model_weights/"): value for name, value in numbers(path).items()}
        expected = {name: value for name, value in expected.items() if not name.startswith("optimizer_weights/")}
        ours = zoo.json("inspect", path, "--tensors")["tensors"]
        assert {t["name"]: (t["dtype"], t["shape"]) for t in ours} == {
            name: (NAMES[value.dtype.name], list(value.shape)) for name, value in expected.items()}, path
        if path.name == "references.hdf5" or not expected:
            continue  # nothing to convert, or something that no other format holds
        with safe_open(converted(zoo, path, tmp_path / f"{path.stem}.safetensors", "safetensors"), "np") as file:
            assert sorted(file.keys()) == sorted(expected)
            for name, value in expected.items():
                assert same(file.get_tensor(name), value), (path, name)


def test_xception_keeps_its_configuration(zoo, test_data):
    path = test_data / "fer_xception" / "fer2013_mini_XCEPTION.102-0.66.hdf5"
    metadata = zoo.json("inspect", path, "--tensors")["metadata"]
    with h5py.File(path, "r") as file:
        for name in ["model_config", "training_config", "keras_version"]:
            value = file.attrs[name]
            assert metadata[name] == (value.decode() if isinstance(value, bytes) else value)


# Plain files


def test_h5py_reads_what_zoo_writes(zoo, tmp_path):
    random = np.random.default_rng(3)
    state = {f"group/{name}": random.integers(0, 2, (3, 4)).astype(name) for name in NAMES}
    state |= {"scalar": np.float32(2.5), "empty": np.zeros((0, 2), np.int8), "größe": random.random(1000)}
    state = {name: np.asarray(value) for name, value in state.items()}
    save_file(state, tmp_path / "a.safetensors", metadata={"title": "of zoo"})
    path = converted(zoo, tmp_path / "a.safetensors", tmp_path / "a.h5", "h5")
    found = numbers(path)
    assert sorted(found) == sorted(state)
    for name, value in state.items():
        assert same(found[name], value), name
    with h5py.File(path, "r") as file:
        assert file.attrs["title"] == "of zoo"
    back = load_file(converted(zoo, path, tmp_path / "b.safetensors", "safetensors"))
    assert all(same(back[name], value) for name, value in state.items())
    again = converted(zoo, tmp_path / "a.safetensors", tmp_path / "again.h5", "h5")
    assert again.read_bytes() == path.read_bytes()


# Keras


def dense():
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="tanh"), layers.Dense(2)]), [(6,)]


def convolution():
    image = keras.Input((8, 8, 2))
    hidden = layers.BatchNormalization()(layers.Conv2D(4, 3)(image))
    hidden = layers.SeparableConv2D(3, 3)(layers.DepthwiseConv2D(2)(hidden))
    return keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(hidden))), [(8, 8, 2)]


def recurrent():
    text = keras.Input((5, 3))
    hidden = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(text)
    return keras.Model(text, layers.Dense(1)(layers.GRU(3)(hidden))), [(5, 3)]


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.LayerNormalization()], name="inner")
    middle = keras.Sequential([keras.Input((4,)), inner, layers.Dense(3)], name="middle")
    one, two = keras.Input((4,)), keras.Input((4,))
    return keras.Model([one, two], layers.Concatenate()([middle(one), inner(two)])), [(4,), (4,)]


def half():
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, dtype="bfloat16"), layers.Dense(2)]), [(6,)]


def seeded(make, seed):
    """A model with weights of its own, and what it predicts."""
    keras.utils.clear_session()
    model, shapes = make()
    random = np.random.default_rng(seed)
    model.set_weights([random.random(weight.shape).astype("float32") for weight in model.get_weights()])
    inputs = [np.random.default_rng(1).random((2, *shape)).astype("float32") for shape in shapes]
    return model, lambda model: np.asarray(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))


MODELS = pytest.mark.parametrize("make", [dense, convolution, recurrent, nested, half], ids=lambda make: make.__name__)


def through_safetensors(zoo, source, target):
    between = converted(zoo, source, target.with_name("between.safetensors"), "safetensors")
    return converted(zoo, between, target, "h5")


@MODELS
def test_keras_loads_its_legacy_weights_again(zoo, make, tmp_path):
    model, predict = seeded(make, 1)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    expected, count = predict(model), len(model.get_weights())
    # A layer that two models share is written twice.
    assert len(zoo.json("inspect", tmp_path / "a.h5", "--tensors")["tensors"]) >= count
    if make is half:
        # Keras itself cannot load the bfloat16 that it writes in this layout; zoo reads it and says what it is.
        tensors = zoo.json("inspect", tmp_path / "a.h5", "--tensors")["tensors"]
        assert sorted(t["dtype"] for t in tensors) == ["BF16", "BF16", "F32", "F32"]
        return
    for path in [
        converted(zoo, tmp_path / "a.h5", tmp_path / "direct.h5", "h5"),
        through_safetensors(zoo, tmp_path / "a.h5", tmp_path / "around.h5"),
    ]:
        other, _ = seeded(make, 2)
        other.load_weights(path)
        assert np.array_equal(predict(other), expected)


@MODELS
def test_keras_3_loads_its_weights_again(zoo, make, tmp_path):
    model, predict = seeded(make, 1)
    model.save_weights(tmp_path / "a.weights.h5")
    expected = predict(model)
    for path in [
        converted(zoo, tmp_path / "a.weights.h5", tmp_path / "direct.weights.h5", "h5"),
        through_safetensors(zoo, tmp_path / "a.weights.h5", tmp_path / "around.weights.h5"),
    ]:
        other, _ = seeded(make, 2)
        other.load_weights(path)
        assert np.array_equal(predict(other), expected)


@MODELS
def test_weights_leave_a_keras_archive(zoo, make, tmp_path):
    model, predict = seeded(make, 1)
    model.save(tmp_path / "a.keras")
    path = converted(zoo, tmp_path / "a.keras", tmp_path / "a.weights.h5", "h5")
    other, _ = seeded(make, 2)
    other.load_weights(path)
    assert np.array_equal(predict(other), predict(model))
    metadata = zoo.json("inspect", tmp_path / "a.keras", "--tensors")["metadata"]
    assert json.loads(metadata["config.json"])["class_name"] in ["Sequential", "Functional"]


@pytest.mark.parametrize("make", [dense, convolution, recurrent, nested], ids=lambda make: make.__name__)
def test_keras_loads_a_whole_legacy_model_again(zoo, make, tmp_path):
    model, predict = seeded(make, 1)
    model.save(tmp_path / "a.h5")
    path = converted(zoo, tmp_path / "a.h5", tmp_path / "b.h5", "h5")
    other = keras.models.load_model(path, compile=False)
    assert np.array_equal(predict(other), predict(model))


def test_optimizer_state_is_no_weight(zoo, tmp_path):
    model, _ = seeded(dense, 1)
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 6), "float32"), np.zeros((4, 2), "float32"), verbose=0)
    for name in ["a.h5", "a.keras", "a.weights.h5"]:
        model.save_weights(tmp_path / name) if name == "a.weights.h5" else model.save(tmp_path / name)
        tensors = zoo.json("inspect", tmp_path / name, "--tensors")["tensors"]
        assert len(tensors) == len(model.get_weights()), name


def test_bfloat16_keeps_its_bits(zoo, tmp_path):
    model, _ = seeded(half, 1)
    model.save_weights(tmp_path / "a.weights.h5")
    path = converted(zoo, tmp_path / "a.weights.h5", tmp_path / "a.safetensors", "safetensors")
    with h5py.File(tmp_path / "a.weights.h5", "r") as file:
        expected = file["layers/dense/vars/0"][()].view(ml_dtypes.bfloat16)
    with safe_open(path, "pt") as file:
        found = file.get_tensor("layers/dense/vars/0")
    assert str(found.dtype) == "torch.bfloat16"
    assert found.float().numpy().tobytes() == expected.astype("float32").tobytes()


# Fixtures


@pytest.mark.parametrize("case", json.loads((FIXTURES / "cases.json").read_text(encoding="utf-8")), ids=lambda c: c["file"])
def test_fixture_is_read(zoo, case):
    ours = zoo.json("inspect", FIXTURES / case["file"], "--tensors")["tensors"]
    expected = [(t["name"], t["dtype"], t["shape"]) for t in case["tensors"]]
    assert [(t["name"], t["dtype"], t["shape"]) for t in ours] == expected
