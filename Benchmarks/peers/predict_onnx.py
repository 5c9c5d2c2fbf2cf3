"""The prediction that `zoo predict` is measured against: onnxruntime on the exported model, batches sorted by length.

    python predict_onnx.py --model FOLDER --texts sst2/train.tsv --threads 2

FOLDER is what `zoo export --to onnx` writes. The rate counts the rows over the time inside the session, all ids being in
memory, for the fastest of several batch sizes; --whole takes one batch size and reads, tokenises and writes besides.
Prints one JSON value.
"""
import argparse
import json
import time
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer


def batches(sequences, size):
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        width = max(len(sequences[i]) for i in rows)
        ids = numpy.zeros((len(rows), width), numpy.int64)
        mask = numpy.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(sequences[row])] = sequences[row]
            mask[place, : len(sequences[row])] = 1
        yield rows, {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True, help="text<TAB>label lines")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--whole", type=Path, help="a file to write labels to")
    options = parser.parse_args()
    texts = [line.rsplit("\t", 1)[0] for line in options.texts.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.enable_truncation(options.max_length)
    tokenizer.no_padding()
    sequences = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(
        str(options.model / "model.onnx"), settings, providers=["CPUExecutionProvider"])
    names = {value.name for value in session.get_inputs()}

    rates = {}
    for size in options.sizes[:1] if options.whole else options.sizes:
        labels, seconds = [0] * len(texts), 0.0
        for rows, feed in batches(sequences, size):
            start = time.perf_counter()
            logits = session.run(None, {name: feed[name] for name in names})[0]
            seconds += time.perf_counter() - start
            for row, label in zip(rows, logits.argmax(1)):
                labels[row] = int(label)
        rates[size] = len(texts) / seconds
    if options.whole:
        options.whole.write_text("".join(f"{text},{label}\n" for text, label in zip(texts, labels)), encoding="utf-8")
    best = max(rates, key=rates.get)
    print(json.dumps({"rowsPerSecond": rates[best], "batchSize": best, "labels": sum(labels), "bySize": rates}))


main()
