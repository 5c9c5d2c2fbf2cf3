"""A model whose feed-forward blocks use GELU's approximation by a tanh, trained and exported, in transformers and onnxruntime."""

import json
import shutil

import numpy
import onnxruntime
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from conftest import COMPACT

TOLERANCE = 1e-4


@pytest.fixture(scope="module", params=["gelu_new", "gelu_fast", "gelu_pytorch_tanh"])
def version(request, zoo, tmp_path_factory):
    name = request.param
    folder = tmp_path_factory.mktemp(name) / name
    shutil.copytree(COMPACT, folder)
    configuration = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(configuration | {"hidden_act": name}))
    zoo("import", folder, "--as", name.replace("_", "-"), "--quiet")
    zoo("finetune", name.replace("_", "-"), "--task", "sentiment", "--name", f"tuned-{name.replace('_', '-')}",
        "--epochs", "1", "--lr", "2e-3", "--quiet")
    return f"tuned-{name.replace('_', '-')}@1"


def test_same_logits(zoo, version, review_texts, tmp_path):
    zoo("export", version, "--to", "hub", "-o", tmp_path / "hub", "--quiet")
    zoo("export", version, "--to", "onnx", "-o", tmp_path / "onnx", "--quiet")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "hub")
    reference = AutoModelForSequenceClassification.from_pretrained(tmp_path / "hub").eval()
    exact = AutoModelForSequenceClassification.from_pretrained(tmp_path / "hub", hidden_act="gelu").eval()
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    texts = review_texts[:40]
    ours = numpy.array([p["logits"] for p in zoo.predict(version, texts)])
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        theirs, others = reference(**batch).logits.numpy(), exact(**batch).logits.numpy()
    names = {value.name for value in session.get_inputs()}
    [exported] = session.run(["logits"], {name: batch[name].numpy().astype(numpy.int64) for name in names})
    assert numpy.abs(ours - theirs).max() <= TOLERANCE
    assert numpy.abs(exported - theirs).max() <= TOLERANCE
    # The approximation is told from the function itself: by about as much as they differ, a few ten-thousandths.
    assert numpy.abs(ours - others).max() > 2 * numpy.abs(ours - theirs).max()
