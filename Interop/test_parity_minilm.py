"""MiniLM in our engine against PyTorch: logits, the gradient of every parameter, twenty training losses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open

from conftest import GENERATE

LOGITS_TOLERANCE = 1e-4
ALONE_TOLERANCE = 1e-5
GRADIENT_TOLERANCE = 1e-3
ZERO_GRADIENT_TOLERANCE = 1e-6
LOSS_TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def golden(request, tmp_path_factory):
    if "ZOO_GOLDEN" in os.environ:
        return Path(os.environ["ZOO_GOLDEN"]).resolve()
    folder = tmp_path_factory.mktemp("golden")
    model = request.getfixturevalue("minilm_folder")
    texts = request.getfixturevalue("test_data") / "sst2" / "train.tsv"
    generator = GENERATE / "minilm_golden.py"
    subprocess.run([sys.executable, generator, folder, "--model", model, "--texts", texts], check=True)
    return folder


@pytest.fixture(scope="module")
def report(zoo, golden):
    return zoo.json("parity", golden)


def test_logits_of_a_packed_batch(report):
    assert report["logitsMaxAbs"] <= LOGITS_TOLERANCE


def test_packed_and_alone(report):
    assert report["aloneMaxAbs"] <= ALONE_TOLERANCE


def test_gradients(report, golden):
    with safe_open(golden / "golden.safetensors", framework="np") as file:
        names = {name.removeprefix("grad.") for name in file.keys() if name.startswith("grad.")}
    gradients = {g["name"]: g for g in report["gradients"]}
    assert gradients.keys() == names
    # A constant added to every score of a row changes no probability: the true gradient of a key bias is zero.
    zero = {name for name in names if name.endswith("attention.self.key.bias")}
    largest = max(g["norm"] for g in gradients.values())
    assert zero and largest > 0
    # Written so that NaN fails.
    relative = {name: gradients[name]["relative"] for name in names - zero}
    assert not {name: value for name, value in relative.items() if not value <= GRADIENT_TOLERANCE}
    norms = {name: gradients[name]["norm"] for name in zero}
    assert not {name: value for name, value in norms.items() if not value <= ZERO_GRADIENT_TOLERANCE * largest}


def test_training_losses(report, golden):
    with safe_open(golden / "golden.safetensors", framework="np") as file:
        expected = file.get_tensor("losses").tolist()
    assert len(report["losses"]) == len(expected) == 20
    assert report["losses"] == pytest.approx(expected, rel=LOSS_TOLERANCE)
