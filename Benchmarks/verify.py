"""`zoo verify` against `openssl dgst -sha256` of the same blobs, both from the page cache, both on one core.

    python3 Benchmarks/verify.py --zoo .build/release/zoo [--gigabytes 1]

Both are bounded by SHA-256, so what the processor has for it decides and is printed beside the rates. The model has tensors
of 4 MB, as a BERT of 1 GB does.
"""
import argparse
import os
import pathlib
import tempfile

import common
from pull_http import write_model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    has_sha = " sha_ni " in pathlib.Path("/proc/cpuinfo").read_text().replace("\n", " ") + " "
    print(f"SHA instructions of the processor: {'yes' if has_sha else 'no'}")
    with tempfile.TemporaryDirectory() as folder:
        home, model = pathlib.Path(folder) / "home", pathlib.Path(folder) / "model"
        env = common.environment(home)
        write_model(model, options.gigabytes, 4 << 20)
        common.run([zoo, "import", model, "--as", "big", "--quiet"], env)
        blobs = sorted(path for path in home.glob("blobs/sha256/*/*") if path.is_file())
        total = sum(path.stat().st_size for path in blobs)
        core = ["taskset", "-c", "0"]
        result = common.pairs(
            lambda: common.run([*core, zoo, "verify", "--quiet"], env)[0],
            lambda: common.run([*core, "openssl", "dgst", "-sha256", *blobs], env)[0], options.rounds)
        for side in ("ours", "peer"):
            print(f"{side}: {total / 1e9 / result[side]['median']:.2f} GB/s on one core")


if __name__ == "__main__":
    main()
