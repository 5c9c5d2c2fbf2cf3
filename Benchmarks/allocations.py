"""What the training steps after the first ask of the memory allocator and of the system, counted by a preloaded shim.

    python3 Benchmarks/allocations.py --zoo .build/release/zoo --wheels DIR [-- --freeze all, and other options]

The same rows, of many lengths, are trained on in 162 steps and in 2, each in a new registry, at a rate so low that both
give the same weights: the difference, divided by 160, is what a step asks for, and some 20 calls of both signs for other
texts. Large is 64 KB and more, maps are calls of mmap. Needs a C compiler.
"""
import json
import os
import pathlib
import subprocess
import tempfile

import common

WORDS = "a film that is as moving as it is long , and a little longer than it needs to be".split()
FEW, MANY = 2, 162
ROWS = MANY * FEW


def main():
    parser = common.arguments(__doc__)
    parser.add_argument("more", nargs="*", help="options of zoo finetune")
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shim = folder / "allocations.so"
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", source, "-o", shim, "-ldl"], check=True)
        data = folder / "data.tsv"
        texts = [" ".join(WORDS[: 1 + row * 7 % 18] * (1 + row % 3)) for row in range(ROWS)]
        rows = [f"{text} {row}\t{row % 2}\n" for row, text in enumerate(texts)]
        data.write_text("".join(rows), encoding="utf-8")
        counts = {}
        for steps in (FEW, MANY):
            env = common.registry(zoo, folder / f"home{steps:03}", options.wheels)
            report = folder / "report"
            common.run(
                [zoo, "finetune", "base", "--task", "sentiment", "--data", data, "--validation-data", data, "--epochs",
                 "1", "--batch-size", str(ROWS // steps), "--lr", "1e-30", "--name", "n", "--quiet",
                 *options.more],
                env | {"LD_PRELOAD": str(shim), "ZOO_ALLOCATIONS": str(report)})
            counts[steps] = [int(count) for count in report.read_text().split()]
        step = [(more - less) / (MANY - FEW) for more, less in zip(counts[MANY], counts[FEW])]
        names = ["callsOfAStep", "largeOfAStep", "mapsOfAStep"]
        print(json.dumps(dict(zip(names, (round(count, 2) for count in step))) | {"whole": counts}))


main()
