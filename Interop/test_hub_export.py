"""A hub export in transformers: it loads without a complaint and gives the logits of `zoo predict`."""

import hashlib
import json

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def load(folder):
    model, report = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not any(report.values()), report
    return model.eval()


def transformers_logits(folder, texts):
    """From padded batches, in double precision so that only our rounding is seen."""
    model, tokenizer = load(folder).double(), AutoTokenizer.from_pretrained(folder)
    parts = []
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            batch = tokenizer(texts[start : start + 32], padding=True, truncation=True, return_tensors="pt")
            parts.append(model(**batch).logits)
    return torch.cat(parts)


def test_logits(zoo, trained, hub_export, review_texts):
    predictions = zoo.predict(trained, review_texts)
    ours = torch.tensor([p["logits"] for p in predictions], dtype=torch.float64)
    theirs = transformers_logits(hub_export, review_texts)
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max().item() <= 1e-4
    names = json.loads((hub_export / "config.json").read_text())["id2label"]
    assert [p["label"] for p in predictions] == [names[str(i)] for i in ours.argmax(1).tolist()]
    probabilities = torch.tensor([[p["probabilities"][names[str(i)]] for i in range(len(names))] for p in predictions])
    assert torch.allclose(probabilities.double(), theirs.softmax(1), atol=1e-4)


def test_export_has_one_dtype(hub_export):
    model = load(hub_export)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    config = json.loads((hub_export / "config.json").read_text())
    assert config.get("dtype", config.get("torch_dtype")) == "float32"


@pytest.mark.parametrize("dtype, expected, tolerance", [("f16", torch.float16, 0.02), ("bf16", torch.bfloat16, 0.1)])
def test_narrow_export(zoo, trained, hub_export, review_texts, tmp_path, dtype, expected, tolerance):
    folder = tmp_path / "narrow"
    zoo("export", trained, "--to", "hub", "--dtype", dtype, "-o", folder, "--quiet")
    assert {p.dtype for p in load(folder).parameters()} == {expected}
    texts = review_texts[:32]
    difference = (transformers_logits(folder, texts) - transformers_logits(hub_export, texts)).abs().max().item()
    assert 0 < difference <= tolerance


def test_tokenizer_of_the_export(zoo, trained, hub_export, review_texts):
    tokenizer = AutoTokenizer.from_pretrained(hub_export)
    for text in review_texts[:20] + review_texts[-4:]:
        assert zoo.json("tokenize", trained, text)["ids"] == tokenizer(text, truncation=True)["input_ids"]


def test_pulled_model_comes_back_byte_for_byte(zoo, minilm, minilm_folder, tmp_path):
    zoo("export", minilm, "--to", "hub", "-o", tmp_path / "out", "--quiet")

    def digests(folder):
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    exported = digests(tmp_path / "out")
    assert exported["model.safetensors"] == WEIGHTS_SHA256
    assert exported == digests(minilm_folder)
    AutoModel.from_pretrained(tmp_path / "out")


def test_export_into_a_folder_that_is_there_is_refused(zoo, trained, tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    process = zoo.run("export", trained, "--to", "hub", "-o", tmp_path)
    assert process.returncode != 0 and str(tmp_path.name) in process.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
