"""`zoo card`, read by huggingface_hub, and base models that were pulled from a hub."""

import pytest
from huggingface_hub import ModelCard

from conftest import COMPACT, Zoo, path_from_environment
from model_server import ModelServer

ROWS = "text,label\n" + "".join(
    f"a {'fine' if index % 2 else 'poor'} film of number {index},{'positive' if index % 2 else 'negative'}\n"
    for index in range(40))


@pytest.fixture()
def own(tmp_path):
    return Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")


def card(zoo, version):
    """The card as the hub's client reads it; an empty or missing front matter is an error here."""
    text = zoo("card", version)
    assert text.startswith("---\n") and "\n---\n" in text
    read = ModelCard(text)
    return read


def test_a_model_of_which_nothing_is_known(own, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes((COMPACT / "model.safetensors").read_bytes())
    own("import", folder / "model.safetensors", "--as", "base")
    assert card(own, "base").data.to_dict() == {"tags": ["zoo"]}


def test_what_was_measured_is_a_result(own, tmp_path):
    names = ("config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "README.md")
    files = {name: (COMPACT / name).read_bytes() for name in names if (COMPACT / name).exists()}
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "other: 'rows'.csv").write_text(ROWS.replace("film", "book"))
    with ModelServer(hub={"lab/base": files}) as server:
        own("mirror", "add", "hub", server.url, "--kind", "hub")
        own("pull", "lab/base", "--as", "base")
    own("finetune", "base", "--task", "sentiment", "--data", tmp_path / "rows.csv", "--name", "reviews",
        "--freeze", "all", "--epochs", "1", "-q")
    measured = own.json("evaluate", "reviews", "--data", tmp_path / "other: 'rows'.csv")
    read = card(own, "reviews@1")
    assert read.data.base_model == ["lab/base"]
    assert read.data.license == own.json("show", "reviews")["licences"][0]["identifier"].lower()
    assert read.data.model_name == "reviews" and read.data.pipeline_tag == "text-classification"
    results = {(r.dataset_name, r.metric_type): r.metric_value for r in read.data.eval_results}
    for name, metric in measured["metrics"].items():
        assert results["other: 'rows'.csv", name] == metric["value"]
    assert ("validation", "accuracy") in results
    # The text of the numbers says the same, and a base of one's own is no repository of the hub's.
    assert "other: 'rows'.csv" in read.text
    own("import", COMPACT, "--as", "mine")
    own("head", "mine", "--task", "sentiment", "--labels", "no,yes", "--name", "headed", "-q")
    assert card(own, "headed").data.base_model is None
