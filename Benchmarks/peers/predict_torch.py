"""The prediction in bf16 that `zoo predict --precision bf16` is measured against: PyTorch and transformers.

    python predict_torch.py --model FOLDER --texts sst2/train.tsv --threads 2

FOLDER is what `zoo export --to hub` writes. Batches are sorted by length; the rate counts the rows over the time inside
the model, all ids being in memory, for the fastest of several batch sizes and of two ways: autocast, and weights that are
bfloat16 themselves. --whole takes the latter and one batch size, and reads, tokenises and writes besides. Prints one
JSON value.
"""
import argparse
import json
import os
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForSequenceClassification


def batches(sequences, size):
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        ids = pad_sequence([torch.tensor(sequences[i]) for i in rows], batch_first=True)
        lengths = torch.tensor([len(sequences[i]) for i in rows])
        yield rows, {"input_ids": ids, "attention_mask": (torch.arange(ids.shape[1]) < lengths[:, None]).long()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True, help="text<TAB>label lines")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--whole", type=Path, help="a file to write labels to")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    texts = [line.rsplit("\t", 1)[0] for line in options.texts.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.enable_truncation(options.max_length)
    tokenizer.no_padding()
    sequences = [encoding.ids for encoding in tokenizer.encode_batch(texts)]

    rates = {}
    for way in ["weights"] if options.whole else ["weights", "autocast"]:
        model = AutoModelForSequenceClassification.from_pretrained(
            options.model, dtype=torch.bfloat16 if way == "weights" else torch.float32).eval()
        for size in options.sizes[:1] if options.whole else options.sizes:
            labels, seconds = [0] * len(texts), 0.0
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=way == "autocast"):
                for rows, feed in batches(sequences, size):
                    start = time.perf_counter()
                    found = model(**feed).logits.argmax(1).tolist()
                    seconds += time.perf_counter() - start
                    for row, label in zip(rows, found):
                        labels[row] = label
            rates[f"{way} {size}"] = len(texts) / seconds
    if options.whole:
        options.whole.write_text("".join(f"{text},{label}\n" for text, label in zip(texts, labels)), encoding="utf-8")
    best = max(rates, key=rates.get)
    print(json.dumps({"rowsPerSecond": rates[best], "best": best, "labels": sum(labels), "all": rates}))


main()
