"""A base in any format is pulled from a folder, and fine-tuned, like the same base in safetensors."""

import csv
import itertools
import json
import shutil
import zipfile

import h5py
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch

from conftest import COMPACT, SAMPLES

WEIGHTS = COMPACT / "model.safetensors"


def tensorflow_names(tensors):
    """The tensors as transformers' TFBertModel names and turns them, told anew and not by our maps."""
    for name, value in tensors.items():
        path = "tf_bert_model/bert/" + name.replace(".", "/").replace("layer/", "layer_._")
        parent, leaf = path.rsplit("/", 1)
        if parent.endswith("LayerNorm"):
            leaf = {"weight": "gamma", "bias": "beta"}[leaf]
        elif parent.endswith("word_embeddings"):
            leaf = "weight"
        elif parent.endswith("_embeddings"):
            leaf = "embeddings"
        elif leaf == "weight":
            leaf, value = "kernel", value.T
        yield f"{parent}/{leaf}:0", value


def tf_model(folder, zoo):
    """As `TFBertModel.save_pretrained`: one layer whose group holds every weight."""
    weights = dict(tensorflow_names(load_file(WEIGHTS)))
    with h5py.File(folder / "tf_model.h5", "w") as file:
        file.attrs["layer_names"] = [b"bert"]
        file.attrs["backend"] = b"tensorflow"
        group = file.create_group("bert")
        group.attrs["weight_names"] = [name.encode() for name in weights]
        for name, value in weights.items():
            group[name] = value


def pytorch(folder, zoo):
    torch.save(load_torch(WEIGHTS), folder / "pytorch_model.bin")
    # What trainers leave beside the weights is none.
    torch.save({"state": {}, "param_groups": []}, folder / "optimizer.bin")
    torch.save(["--epochs", "3"], folder / "arguments.bin")


def pytorch_of_a_trainer(folder, zoo):
    """A module inside of another, as training frameworks keep it, under a name of its own."""
    state = {"model." + name: value for name, value in load_torch(WEIGHTS).items()}
    torch.save({"state_dict": state, "epoch": 3}, folder / "last.pth")


def pytorch_sharded(folder, zoo):
    tensors = list(load_torch(WEIGHTS).items())
    shards = [dict(tensors[start::3]) for start in range(3)]
    names = [f"pytorch_model-{number:05}-of-00003.bin" for number in range(1, 4)]
    for name, shard in zip(names, shards):
        torch.save(shard, folder / name)
    index = {"metadata": {}, "weight_map": {key: name for name, shard in zip(names, shards) for key in shard}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


def keras_hub(folder, zoo):
    zoo("convert", COMPACT, folder / "model.h5", "--keys", "keras-hub", "--quiet")


def keras_3(folder, zoo):
    zoo("convert", COMPACT, folder / "model.weights.h5", "--keys", "keras-hub-weights", "--quiet")


def keras_archive(folder, zoo):
    """`.keras`: a zip archive of the weights beside what Keras makes the model of."""
    keras_3(folder, zoo)
    weights = folder / "model.weights.h5"
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.12.0"}))
        archive.writestr("config.json", json.dumps({"class_name": "BertBackbone", "config": {}}))
        archive.write(weights, "model.weights.h5")
    weights.unlink()


def converted(name, *options):
    def make(folder, zoo):
        zoo("convert", COMPACT, folder / name, *options, "--quiet")

    make.__name__ = name
    return make


def sharded(folder, zoo):
    zoo("convert", COMPACT, folder / "parts", "--shard-size", "4MB", "--quiet")
    for part in (folder / "parts").glob("model*"):
        part.rename(folder / part.name)
    shutil.rmtree(folder / "parts")
    assert len(list(folder.glob("*.safetensors"))) > 1


MAKERS = [
    tf_model,
    converted("tf_model.h5", "--keys", "transformers-tf"),
    keras_hub,
    keras_3,
    keras_archive,
    pytorch,
    pytorch_of_a_trainer,
    pytorch_sharded,
    converted("pytorch_model.bin", "--to", "torch"),
    converted("model.npz"),
    sharded,
]


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    with (SAMPLES / "train.csv").open(encoding="utf-8", newline="") as file, path.open("w", newline="") as few:
        rows = csv.reader(file)
        csv.writer(few).writerows(itertools.islice(rows, 41))
    return path


def outcome(zoo, name, mirror, rows):
    """The weights digests of a base that is pulled, and of what is made of it."""
    zoo("mirror", "add", name, mirror)
    pulled = zoo.json("pull", "model", "--from", name, "--as", f"base-{name}", "--quiet")
    options = ["--epochs", "1", "--batch-size", "8", "--quiet", "--force"]
    tuned = zoo.json_lines(
        "finetune", f"base-{name}", "--task", "sentiment", "--data", rows, "--name", f"tuned-{name}", *options, "--json"
    )[-1]
    return pulled["weightsDigest"], tuned["weightsDigest"]


@pytest.fixture(scope="module")
def expected(zoo, rows, tmp_path_factory):
    mirror = tmp_path_factory.mktemp("reference")
    shutil.copytree(COMPACT, mirror / "model")
    return outcome(zoo, "reference", mirror, rows)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_same_weights_same_result(zoo, make, rows, expected, tmp_path):
    folder = tmp_path / "mirror" / "model"
    shutil.copytree(COMPACT, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    make(folder, zoo)
    name = f"m{MAKERS.index(make)}"
    assert outcome(zoo, name, tmp_path / "mirror", rows) == expected
