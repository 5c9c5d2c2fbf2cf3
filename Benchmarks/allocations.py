"""What the training steps after the first ask of the memory allocator, counted by a preloaded shim.

    python3 Benchmarks/allocations.py --zoo .build/release/zoo --wheels DIR

The same rows are trained on in 20 steps and in 2, each in a new registry: the difference is what 18 more steps ask for,
and a few calls of both signs that come of the results being others. Large is 64 KB and more. Needs a C compiler.
"""
import json
import os
import pathlib
import subprocess
import tempfile

import common

SENTENCE = "a film that is as moving as it is long , and a little longer than it needs to be"
ROWS = 160


def main():
    parser = common.arguments(__doc__)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shim = folder / "allocations.so"
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", source, "-o", shim, "-ldl"], check=True)
        data = folder / "data.tsv"
        data.write_text("".join(f"{SENTENCE} {row}\t{row % 2}\n" for row in range(ROWS)), encoding="utf-8")
        counts = {}
        for steps in (2, 20):
            env = common.registry(zoo, folder / f"home{steps:02}", options.wheels)
            report = folder / "report"
            common.run(
                [zoo, "finetune", "base", "--task", "sentiment", "--data", data, "--validation-data", data, "--epochs",
                 "1", "--batch-size", str(ROWS // steps), "--precision", options.precision, "--name", "n", "--quiet"],
                env | {"LD_PRELOAD": str(shim), "ZOO_ALLOCATIONS": str(report)})
            counts[steps] = [int(count) for count in report.read_text().split()]
        calls, large = (more - less for more, less in zip(counts[20], counts[2]))
        print(json.dumps({"callsOf18Steps": calls, "largeOf18Steps": large, "whole": counts}))


main()
