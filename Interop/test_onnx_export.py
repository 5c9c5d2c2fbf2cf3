"""An ONNX export in onnx and onnxruntime: it is valid, and gives the same logits for any batch and length."""

import json

import numpy
import onnx
import onnxruntime
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


@pytest.fixture(scope="module")
def session(onnx_export):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(onnx_export / "model.onnx", options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def reference(hub_export):
    return AutoModelForSequenceClassification.from_pretrained(hub_export).eval()


def test_checker(onnx_export):
    path = onnx_export / "model.onnx"
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    assert [i.name for i in model.graph.input] == INPUTS
    assert [o.name for o in model.graph.output] == ["logits"]
    for tensor in model.graph.input:
        assert tensor.type.tensor_type.elem_type == onnx.TensorProto.INT64
        assert [d.dim_param for d in tensor.type.tensor_type.shape.dim] == ["batch", "sequence"]


def random_batch(generator, vocabulary, batch, sequence):
    lengths = generator.integers(1, sequence + 1, batch)
    lengths[0] = sequence
    mask = (numpy.arange(sequence) < lengths[:, None]).astype(numpy.int64)
    ids = generator.integers(1, vocabulary, (batch, sequence)) * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": generator.integers(0, 2, ids.shape) * mask}


@pytest.mark.parametrize("batch, sequence", [(1, 1), (1, 17), (3, 5), (7, 31), (64, 9), (2, 128)])
def test_other_shapes(session, reference, batch, sequence):
    inputs = random_batch(numpy.random.default_rng(batch), reference.config.vocab_size, batch, sequence)
    [ours] = session.run(["logits"], inputs)
    with torch.no_grad():
        theirs = reference(**{name: torch.from_numpy(value) for name, value in inputs.items()}).logits.numpy()
    assert ours.shape == theirs.shape == (batch, reference.config.num_labels)
    assert numpy.abs(ours - theirs).max() <= 1e-4


def test_same_as_predict(zoo, trained, onnx_export, session, review_texts):
    tokenizer = AutoTokenizer.from_pretrained(onnx_export)
    predicted = numpy.array([p["logits"] for p in zoo.predict(trained, review_texts)])
    for start in range(0, len(review_texts), 25):
        texts = review_texts[start : start + 25]
        batch = tokenizer(texts, padding=True, truncation=True, return_tensors="np")
        [logits] = session.run(["logits"], {name: batch[name].astype(numpy.int64) for name in INPUTS})
        assert numpy.abs(logits - predicted[start : start + 25]).max() <= 1e-4


def test_labels_are_beside_the_model(onnx_export, reference):
    documents = [json.loads(path.read_text()) for path in onnx_export.glob("*.json") if path.name != "tokenizer.json"]
    names = [d["id2label"] for d in documents if "id2label" in d]
    assert names and all({int(i): n for i, n in found.items()} == reference.config.id2label for found in names)
