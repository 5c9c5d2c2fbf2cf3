"""Cuts and merges against what transformers, torch and numpy make of the same weights."""

import json

import numpy
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertForMaskedLM, BertForQuestionAnswering,
                          BertModel)
from transformers.pytorch_utils import prune_linear_layer

from conftest import COMPACT, SAMPLES

TEXTS = ["Good.", "the soup was cold and the waiter was not", "a b c 1 2 3 ! ?", "it was not bad, just there"]


def tensors(folder):
    return load_file(folder / "model.safetensors")


def same_tensors(ours, theirs):
    """Byte for byte; buffers that are no weights aside."""
    theirs = {name: value for name, value in theirs.items() if not name.endswith("position_ids")}
    ours = {name: value for name, value in ours.items() if not name.endswith("position_ids")}
    assert sorted(ours) == sorted(theirs)
    for name in ours:
        assert ours[name].shape == theirs[name].shape, name
        assert ours[name].tobytes() == theirs[name].tobytes(), name


def state(model):
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}


def outputs(model, folder, **options):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        return model.eval().double()(**tokenizer(TEXTS, padding=True, return_tensors="pt", **options)).pooler_output


def prune_heads(model, layer, gone):
    """What transformers' prune_heads did while it had it: rows of three projections, columns of the fourth."""
    attention = model.encoder.layer[layer].attention
    size = attention.self.attention_head_size
    heads = [head for head in range(attention.self.num_attention_heads) if head not in gone]
    index = torch.tensor([head * size + place for head in heads for place in range(size)])
    for name in ["query", "key", "value"]:
        setattr(attention.self, name, prune_linear_layer(getattr(attention.self, name), index))
    attention.output.dense = prune_linear_layer(attention.output.dense, index, dim=1)
    attention.self.num_attention_heads = len(heads)
    attention.self.all_head_size = len(index)


def test_the_compact_base_is_reproduced(zoo, minilm):
    zoo("import", COMPACT, "--as", "shipped", "--quiet")
    cut = zoo.json("slice", minilm, "--layers", "0,2,5", "--vocab-size", "6000", "--vocab-from", SAMPLES / "train.csv",
                   "--max-length", "128", "--dtype", "f16", "--drop", "embeddings.position_ids", "--name", "recut")
    assert "sha256:" + cut["weightsDigest"] == zoo.json("show", "shipped@1")["weightsDigest"]


def test_layers(zoo, minilm, minilm_folder, tmp_path):
    zoo("slice", minilm, "--layers", "0,2,5", "-o", tmp_path / "cut", "--quiet")
    model = BertModel.from_pretrained(minilm_folder)
    model.encoder.layer = torch.nn.ModuleList(model.encoder.layer[i] for i in [0, 2, 5])
    same_tensors(tensors(tmp_path / "cut"), state(model))
    loaded, report = BertModel.from_pretrained(tmp_path / "cut", output_loading_info=True)
    assert not any(report.values()), report
    ours, theirs = outputs(loaded, tmp_path / "cut"), outputs(model, minilm_folder)
    assert (ours - theirs).abs().max().item() <= 1e-12


def test_heads(zoo, minilm, minilm_folder, tmp_path):
    cut = zoo.json("slice", minilm, "--keep-heads", "layer.0=0,3,5", "--keep-heads", "layer.4=11", "-o",
                   tmp_path / "cut")
    model = BertModel.from_pretrained(minilm_folder)
    prune_heads(model, 0, set(range(12)) - {0, 3, 5})
    prune_heads(model, 4, set(range(11)))
    same_tensors(tensors(tmp_path / "cut"), state(model))
    assert not cut["exact"]
    config = json.loads((tmp_path / "cut" / "config.json").read_text())
    assert config["pruned_heads"] == {"0": [1, 2, 4, 6, 7, 8, 9, 10, 11], "4": list(range(11))}


def test_heads_in_the_running_model(zoo, minilm, minilm_folder, tmp_path):
    """Our own forward of a model without heads is torch's; half the heads of every layer go by importance."""
    zoo("slice", minilm, "--heads", "6", "--name", "narrow", "--quiet")
    zoo("head", "narrow", "--task", "sentiment", "--labels", "negative,positive", "--seed", "7", "--name", "judged")
    logits = torch.tensor([p["logits"] for p in zoo.predict("judged", TEXTS)], dtype=torch.float64)
    model = BertModel.from_pretrained(minilm_folder)
    for layer in range(6):
        weight = state(model)[f"encoder.layer.{layer}.attention.output.dense.weight"].astype(numpy.float64)
        norms = [numpy.linalg.norm(weight[:, 32 * head : 32 * head + 32]) for head in range(12)]
        prune_heads(model, layer, set(numpy.argsort(-numpy.array(norms), kind="stable")[6:].tolist()))
    pooled = outputs(model, minilm_folder)
    export = tmp_path / "weights.safetensors"
    zoo("convert", "judged", export, "--quiet")
    head = load_file(export)
    theirs = pooled.numpy() @ head["classifier.weight"].T.astype(numpy.float64) + head["classifier.bias"]
    assert numpy.abs(logits.numpy() - theirs).max() <= 1e-5


def test_units(zoo, minilm, minilm_folder, tmp_path):
    zoo("slice", minilm, "--ffn", "768", "-o", tmp_path / "cut", "--quiet")
    model = BertModel.from_pretrained(minilm_folder)
    for layer in model.encoder.layer:
        norms = layer.output.dense.weight.detach().double().norm(dim=0).numpy()
        index = torch.tensor(sorted(numpy.argsort(-norms, kind="stable")[:768].tolist()))
        layer.intermediate.dense = prune_linear_layer(layer.intermediate.dense, index)
        layer.output.dense = prune_linear_layer(layer.output.dense, index, dim=1)
    same_tensors(tensors(tmp_path / "cut"), state(model))
    loaded, report = BertModel.from_pretrained(tmp_path / "cut", output_loading_info=True)
    assert not any(report.values()), report
    assert (outputs(loaded, tmp_path / "cut") - outputs(model, minilm_folder)).abs().max().item() <= 1e-12


def test_vocabulary(zoo, minilm, minilm_folder, tmp_path):
    """The first pieces of the vocabulary are what resized embeddings keep."""
    pieces = (minilm_folder / "vocab.txt").read_text(encoding="utf-8").splitlines()[:6000]
    (tmp_path / "keep.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    cut = zoo.json("slice", minilm, "--vocab-keep", tmp_path / "keep.txt", "--max-length", "64", "-o", tmp_path / "cut")
    assert cut["exact"] and cut["check"]["largestDifference"] <= 1e-6
    model = BertModel.from_pretrained(minilm_folder)
    model.resize_token_embeddings(6000)
    expected = state(model)
    expected["embeddings.position_embeddings.weight"] = expected["embeddings.position_embeddings.weight"][:64]
    same_tensors(tensors(tmp_path / "cut"), expected)
    loaded, report = BertModel.from_pretrained(tmp_path / "cut", output_loading_info=True)
    assert not any(report.values()), report
    before, after = (AutoTokenizer.from_pretrained(folder) for folder in (minilm_folder, tmp_path / "cut"))
    known = [text for text in TEXTS if before.tokenize(text) == after.tokenize(text)]
    assert known
    for text in known:
        assert after(text)["input_ids"] == before(text)["input_ids"]


def test_a_cut_vocabulary_moves_every_id(zoo, minilm, minilm_folder, tmp_path):
    """Ids are renumbered in the tables, the tokenizer and config.json alike: the outputs stay."""
    (tmp_path / "corpus.txt").write_text("\n".join(TEXTS) + "\n")
    zoo("slice", minilm, "--vocab-size", "4000", "--vocab-from", tmp_path / "corpus.txt", "-o", tmp_path / "cut",
        "--quiet")
    loaded = BertModel.from_pretrained(tmp_path / "cut")
    before, after = (AutoTokenizer.from_pretrained(folder) for folder in (minilm_folder, tmp_path / "cut"))
    assert [before.tokenize(t) for t in TEXTS] == [after.tokenize(t) for t in TEXTS]
    assert len(after) == 4000 and loaded.config.vocab_size == 4000
    assert before(TEXTS[1])["input_ids"] != after(TEXTS[1])["input_ids"]
    assert loaded.config.pad_token_id == after.pad_token_id
    original = outputs(BertModel.from_pretrained(minilm_folder), minilm_folder)
    assert (outputs(loaded, tmp_path / "cut") - original).abs().max().item() <= 1e-12


def test_heads_move_between_bodies(zoo, trained, hub_export, tmp_path):
    zoo("slice", trained, "--layers", "0,2", "--name", "short", "--quiet")
    zoo("head", trained, "--labels", "positive,neutral,negative", "--name", "turned")
    zoo("export", "turned", "--to", "hub", "-o", tmp_path / "turned", "--quiet")
    ours, theirs = (AutoModelForSequenceClassification.from_pretrained(f) for f in (tmp_path / "turned", hub_export))
    assert ours.config.id2label == {0: "positive", 1: "neutral", 2: "negative"}
    assert torch.equal(ours.classifier.weight, theirs.classifier.weight.flip(0))
    assert torch.equal(ours.classifier.bias, theirs.classifier.bias.flip(0))
    zoo("head", trained, "--drop", "--name", "bare")
    zoo("head", "bare", "--from", trained, "--name", "whole")
    assert zoo.json("diff", trained, "whole")["same"]


# Merges

SHAPES = {"a.weight": (40, 50), "b.weight": (7,), "scalar": (), "c.bias": (1000,)}


@pytest.fixture
def parts(tmp_path):
    random = numpy.random.default_rng(5)
    base = {name: numpy.asarray(random.normal(size=shape), numpy.float32) for name, shape in SHAPES.items()}
    files = []
    for part in range(3):
        changed = {n: numpy.asarray(v + 0.1 * random.normal(size=v.shape), numpy.float32) for n, v in base.items()}
        save_file(changed, tmp_path / f"part{part}.safetensors")
        files.append(changed)
    save_file(base, tmp_path / "base.safetensors")
    return base, files


def merged(zoo, folder, *arguments, count=3):
    names = [folder / f"part{part}.safetensors" for part in range(count)]
    zoo("merge", *names, *arguments, "-o", folder / "merged.safetensors", "--quiet")
    return load_file(folder / "merged.safetensors")


def near(found, expected):
    for name in SHAPES:
        assert found[name].dtype == numpy.float32
        numpy.testing.assert_allclose(found[name], expected[name], rtol=1e-6, atol=1e-7, err_msg=name)


def test_linear(zoo, parts, tmp_path):
    _, files = parts
    mean = {n: sum(f[n].astype(numpy.float64) for f in files) / 3 for n in SHAPES}
    near(merged(zoo, tmp_path), mean)
    weights = [1, 2, 5]
    mean = {n: sum(w * f[n].astype(numpy.float64) for w, f in zip(weights, files)) / 8 for n in SHAPES}
    (tmp_path / "merged.safetensors").unlink()
    near(merged(zoo, tmp_path, "--weights", "1,2,5"), mean)


@pytest.mark.parametrize("place", [0.25, 0.5, 0.9])
def test_slerp(zoo, parts, tmp_path, place):
    _, (a, b, _) = parts
    expected = {}
    for name in SHAPES:
        x, y = a[name].astype(numpy.float64).ravel(), b[name].astype(numpy.float64).ravel()
        cosine = x @ y / (numpy.linalg.norm(x) * numpy.linalg.norm(y))
        first, second = 1 - place, place
        if abs(cosine) < 0.9995:
            angle = numpy.arccos(cosine)
            first, second = numpy.sin((1 - place) * angle) / numpy.sin(angle), numpy.sin(place * angle) / numpy.sin(angle)
        expected[name] = (first * x + second * y).reshape(SHAPES[name])
    near(merged(zoo, tmp_path, "--method", "slerp", "--weights", f"{1 - place},{place}", count=2), expected)


def test_task_arithmetic(zoo, parts, tmp_path):
    base, files = parts
    weights = [0.5, -0.3, 1.0]
    expected = {
        n: base[n] + sum(w * (f[n].astype(numpy.float64) - base[n]) for w, f in zip(weights, files)) for n in SHAPES}
    found = merged(zoo, tmp_path, "--method", "task-arithmetic", "--weights=0.5,-0.3,1", "--base",
                   tmp_path / "base.safetensors")
    near(found, expected)


@pytest.mark.parametrize("density", [0.1, 0.5, 1.0])
def test_ties(zoo, parts, tmp_path, density):
    """Trim, elect sign, mean of those that agree (Yadav et al., 2023)."""
    base, files = parts
    expected = {}
    for name, shape in SHAPES.items():
        changes = []
        for file in files:
            change = (file[name] - base[name]).ravel()
            keep = int(numpy.ceil(density * change.size))
            limit = numpy.sort(numpy.abs(change))[::-1][keep - 1]
            wide = file[name].astype(numpy.float64).ravel() - base[name].astype(numpy.float64).ravel()
            changes.append(numpy.where(numpy.abs(change) >= limit, wide, 0))
        changes = numpy.array(changes)
        sign = numpy.sign(changes.sum(0))
        agree = (numpy.sign(changes) == sign) & (changes != 0)
        count = agree.sum(0)
        mean = numpy.where(agree, changes, 0).sum(0) / numpy.maximum(count, 1)
        expected[name] = (base[name].ravel() + numpy.where(count > 0, mean, 0)).reshape(shape)
    found = merged(zoo, tmp_path, "--method", "ties", "--density", str(density), "--base", tmp_path / "base.safetensors")
    near(found, expected)


def test_what_does_not_fit_is_listed(zoo, parts, tmp_path):
    _, files = parts
    odd = dict(files[0])
    odd["b.weight"] = odd["b.weight"][:5]
    odd["d.weight"] = odd.pop("c.bias")
    save_file(odd, tmp_path / "odd.safetensors")
    process = zoo.run("merge", tmp_path / "part0.safetensors", tmp_path / "odd.safetensors", "-o",
                      tmp_path / "merged.safetensors")
    message = process.stderr.decode()
    assert process.returncode == 4 and message.count("\n") == 1
    for name in ["b.weight is [7]", "c.bias is in", "d.weight is in"]:
        assert name in message
    assert not (tmp_path / "merged.safetensors").exists()


def test_a_head_of_another_task_goes_along(zoo, minilm_folder, tmp_path):
    model = BertForQuestionAnswering.from_pretrained(minilm_folder)
    model.save_pretrained(tmp_path / "qa")
    AutoTokenizer.from_pretrained(minilm_folder).save_pretrained(tmp_path / "qa")
    zoo("import", tmp_path / "qa", "--as", "answers", "--quiet")
    zoo("slice", "answers", "--layers", "0,2,5", "--name", "answers-l3", "--quiet")
    zoo("export", "answers-l3", "--to", "hub", "-o", tmp_path / "out", "--quiet")
    loaded, report = BertForQuestionAnswering.from_pretrained(tmp_path / "out", output_loading_info=True)
    assert not any(report.values()), report
    assert torch.equal(loaded.qa_outputs.weight, model.qa_outputs.weight)
    model.bert.encoder.layer = torch.nn.ModuleList(model.bert.encoder.layer[i] for i in [0, 2, 5])
    body = {name.removeprefix("bert."): value for name, value in state(model).items()}
    same_tensors(tensors(tmp_path / "out"), body)


def test_tied_weights_stay_tied(zoo, minilm_folder, tmp_path):
    model = BertForMaskedLM.from_pretrained(minilm_folder)
    folder = tmp_path / "tied"
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(minilm_folder).save_pretrained(folder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    zoo("slice", folder, "--vocab-size", "6000", "-o", tmp_path / "cut.pt", "--quiet")
    cut = torch.load(tmp_path / "cut.pt", weights_only=True)
    table, decoder = cut["bert.embeddings.word_embeddings.weight"], cut["cls.predictions.decoder.weight"]
    assert table.shape == (6000, 384)
    assert table.untyped_storage().data_ptr() == decoder.untyped_storage().data_ptr()
    assert torch.equal(table, decoder)
