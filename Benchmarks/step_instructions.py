"""Instructions of one training step, counted by valgrind: a figure that repeats on any machine, however busy.

    python3 Benchmarks/step_instructions.py --zoo .build/release/zoo --wheels DIR

Valgrind has no AVX-512, so the AVX2 kernels are counted. Two runs on one thread that differ by one step of 2 rows are
subtracted; the step before it has made what later steps reuse.
"""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import common

SENTENCE = "a film that is as moving as it is long , and a little longer than it needs to be"


def main():
    options = common.arguments(__doc__).parse_args()
    zoo = os.path.abspath(options.zoo)
    counts = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = common.registry(zoo, folder / "home", options.wheels)
        env["SWIFT_BACKTRACE"] = "enable=no"
        # Valgrind gives up on the program's debugging information.
        stripped = folder / "zoo"
        subprocess.run(["strip", "--strip-debug", "-o", stripped, zoo], check=True)
        for steps in (2, 3):
            data = folder / f"{steps}.tsv"
            data.write_text("".join(f"{SENTENCE} {row}\t{row % 2}\n" for row in range(2 * steps)), encoding="utf-8")
            log = folder / f"{steps}.log"
            common.run(
                ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                 f"--log-file={log}", stripped, "finetune", "base",
                 "--task", "sentiment", "--data", data, "--validation-data", folder / "2.tsv", "--epochs", "1",
                 "--batch-size", "2", "--threads", "1", "--name", f"n{steps}", "--quiet"], env)
            counts.append(int(re.search(r"I +refs:\s+([\d,]+)", log.read_text())[1].replace(",", "")))
    print(json.dumps({"instructionsOfAStepOf2Rows": counts[1] - counts[0], "whole": counts}))


main()
