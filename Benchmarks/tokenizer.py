"""Tokenizing 100,000 sentences in one call against the `tokenizers` library, the same number of threads on both sides.

    python3 Benchmarks/tokenizer.py --zoo .build/release/zoo --python VENV/bin/python --model FOLDER --texts sst2/train.tsv
"""
import argparse
import json
import os
import pathlib
import tempfile

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--python", required=True, help="an interpreter with tokenizers")
    parser.add_argument("--model", required=True, help="a model folder with tokenizer.json")
    parser.add_argument("--texts", required=True, help="one text a line; what follows the last tab is left out")
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    zoo, model = os.path.abspath(options.zoo), os.path.abspath(options.model)
    peer = pathlib.Path(__file__).parent / "peers" / "tokenizers_batch.py"
    with tempfile.TemporaryDirectory() as home:
        env = common.environment(home)
        for threads in (1, 2):
            shared = ["--texts", options.texts, "--threads", str(threads), "--count", str(options.count)]
            theirs = [options.python, str(peer), "--tokenizer", f"{model}/tokenizer.json", *shared]
            ours = [zoo, "bench", "tokenizer", model, "--json", *shared]
            rates = []
            for command in (ours, theirs):
                rates.append(json.loads(common.run(command, env)[1])["textsPerSecond"])
            print(json.dumps({"threads": threads, "ours": rates[0], "peer": rates[1], "ratio": round(rates[0] / rates[1], 2)}))


main()
