#!/usr/bin/env python3
"""Checks the sentiment sample data set and prints what a bag of words reaches on it.

Usage: check_samples.py [FOLDER]    (default: registry/samples/sentiment of this repository)

Python 3 standard library only, no random numbers: the same files give the same output. One line per check.
Exit status 1 when a check fails or the better baseline reaches 0.90: too easy to show what a transformer adds.
"""

import csv
import io
import math
import re
import sys
from collections import Counter
from pathlib import Path

LABELS, SPLITS = ["negative", "neutral", "positive"], ["train", "test"]
MINIMUM_ROWS, MINIMUM_NEUTRAL = 800, 0.15
RUN_LENGTH = 6
BASELINE_LIMIT = 0.90


def words(text):
    """Case-folded words without punctuation; an apostrophe joins, so that "don't" stays one word."""
    return re.findall(r"\w+", re.sub(r"['’]", "", text.casefold()))


def read_rows(path):
    """Decodes strictly and parses strictly: a stray byte or quote is an error, not a repaired row."""
    text = path.read_bytes().decode("utf-8", errors="strict")
    if text.startswith("\ufeff") or "\r" in text or not text.endswith("\n"):
        raise ValueError("has a byte order mark, a carriage return or no final line feed")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def shared_runs(rows):
    """Six-word runs that occur in two rows, as (run, first row, second row)."""
    owner, shared = {}, []
    for index, (text, _) in enumerate(rows):
        sequence = words(text)
        for start in range(len(sequence) - RUN_LENGTH + 1):
            run = " ".join(sequence[start:start + RUN_LENGTH])
            if owner.setdefault(run, index) != index:
                shared.append((run, owner[run], index))
    return shared


def naive_bayes(train):
    """Multinomial naive Bayes over word counts, add-one smoothing."""
    counts = {label: Counter() for label in LABELS}
    prior = Counter(label for _, label in train)
    for text, label in train:
        counts[label].update(words(text))
    vocabulary = set().union(*counts.values())
    totals = {label: sum(counts[label].values()) + len(vocabulary) for label in LABELS}

    def score(text, label):
        known = (word for word in words(text) if word in vocabulary)
        return math.log(prior[label] / len(train)) + sum(
            math.log((counts[label][word] + 1) / totals[label]) for word in known)

    return lambda text: max(LABELS, key=lambda label: score(text, label))


def logistic_regression(train, epochs=60, rate=0.5, decay=1e-4):
    """Softmax regression on which words occur, scaled to unit length; gradient steps in row order from zero."""
    weights = {label: {} for label in LABELS}

    def features(text):
        present = sorted(set(words(text))) + ["<bias>"]
        return present, 1 / math.sqrt(len(present))

    def probabilities(present, scale):
        logits = [scale * sum(weights[label].get(word, 0.0) for word in present) for label in LABELS]
        powers = [math.exp(logit - max(logits)) for logit in logits]
        return [power / sum(powers) for power in powers]

    prepared = [(*features(text), label) for text, label in train]
    for epoch in range(epochs):
        step = rate / (1 + 0.05 * epoch)
        for present, scale, target in prepared:
            for label, probability in zip(LABELS, probabilities(present, scale)):
                slope, row = (probability - (label == target)) * scale, weights[label]
                for word in present:
                    value = row.get(word, 0.0)
                    row[word] = value - step * (slope + decay * value)

    def predict(text):
        scores = probabilities(*features(text))
        return LABELS[scores.index(max(scores))]

    return predict


def main():
    default = Path(__file__).resolve().parents[2] / "registry/samples/sentiment"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    failed = False

    def check(name, passed, detail):
        nonlocal failed
        failed = failed or not passed
        print(f"{'ok  ' if passed else 'FAIL'}  {name}: {detail}")

    tables = {}
    for split in SPLITS:
        try:
            tables[split] = read_rows(folder / f"{split}.csv")
        except (OSError, ValueError, csv.Error) as error:
            check(f"{split}.csv reads as UTF-8 CSV", False, error)
            return 1
        table = tables[split]
        check(f"{split} header", table[:1] == [["text", "label"]], ",".join(table[0] if table else []))
        bad = [number for number, row in enumerate(table[1:], start=1)
               if len(row) != 2 or row[1] not in LABELS or not words(row[0]) or row[0] != row[0].strip()]
        check(f"{split} rows", not bad, f"bad rows {bad[:5]}" if bad else f"{len(table) - 1} rows, all labelled")
    if failed or not all(len(table) > 1 for table in tables.values()):
        return 1
    train, test = (tables[split][1:] for split in SPLITS)
    rows = train + test

    for split, part in zip(SPLITS, (train, test)):
        balance = Counter(label for _, label in part)
        print(f"      {split} balance: " + ", ".join(
            f"{label} {balance[label]} ({balance[label] / len(part):.1%})" for label in LABELS))
    lengths = sorted(len(words(text)) for text, _ in rows)
    print(f"      words per text: {lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}")
    check("row count", len(rows) >= MINIMUM_ROWS, f"{len(rows)} (at least {MINIMUM_ROWS})")
    for split, part in zip(SPLITS, (train, test)):
        neutral = sum(label == "neutral" for _, label in part) / len(part)
        check(f"{split} neutral share", neutral >= MINIMUM_NEUTRAL, f"{neutral:.1%} (at least {MINIMUM_NEUTRAL:.0%})")
    repeats = [text for text, count in Counter(" ".join(words(text)) for text, _ in rows).items() if count > 1]
    check("no text twice", not repeats, repeats[:3] if repeats else "all different")
    shared = shared_runs(rows)
    check(f"no {RUN_LENGTH} words in a row shared", not shared, shared[:3] if shared else "none")

    accuracies = {}
    for name, fit in (("naive Bayes", naive_bayes), ("logistic regression", logistic_regression)):
        predict = fit(train)
        accuracies[name] = sum(predict(text) == label for text, label in test) / len(test)
        print(f"      bag of words, {name}: test accuracy {accuracies[name]:.3f}")
    best = max(accuracies.values())
    check("bag-of-words baseline", best < BASELINE_LIMIT, f"{best:.3f} (below {BASELINE_LIMIT:.2f})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
