"""Throughput of the `tokenizers` library on whole batches, for comparison with `zoo tokenize`.

    python tokenizers_batch.py --tokenizer MODEL/tokenizer.json --texts sst2/train.tsv --threads 2

--texts: one text a line; what follows the last tab is left out. The texts are repeated until there are --count of them
and encoded in one call; the median of --repeats calls counts. --offsets times encode_batch, which also makes offsets;
the default is encode_batch_fast, which does not. Prints one JSON value.
"""

import argparse
import json
import os
import statistics
import time
from itertools import cycle, islice
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--offsets", action="store_true")
    arguments = parser.parse_args()

    # The library reads these when its thread pool starts.
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if arguments.threads > 1 else "false"
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(arguments.tokenizer))
    tokenizer.no_padding()
    lines = arguments.texts.read_text(encoding="utf-8").rstrip("\n").split("\n")
    texts = list(islice(cycle(line.rsplit("\t", 1)[0] for line in lines), arguments.count))
    encode = tokenizer.encode_batch if arguments.offsets else tokenizer.encode_batch_fast

    seconds, tokens = [], 0
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        encodings = encode(texts)
        seconds.append(time.perf_counter() - start)
        tokens = sum(len(encoding) for encoding in encodings)
        del encodings
    median = statistics.median(seconds)
    print(
        json.dumps(
            {
                "textsPerSecond": len(texts) / median,
                "tokensPerSecond": tokens / median,
                "megabytesPerSecond": sum(len(text.encode()) for text in texts) / median / 1e6,
                "seconds": seconds,
                "offsets": arguments.offsets,
                "threads": arguments.threads,
                "tokenizersVersion": tokenizers.__version__,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
