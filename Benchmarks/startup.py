"""Start-up times: `zoo --help`, `zoo inspect` of a large safetensors file, `zoo ls` with 1,000 versions.

    python3 Benchmarks/startup.py --zoo .build/release/zoo --file model.safetensors
"""
import argparse
import json
import os
import pathlib
import struct
import tempfile

import common


def tiny_checkpoint(path, value):
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<4f", value, 0, 0, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--file", required=True, help="a safetensors file of about 90 MB")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    with tempfile.TemporaryDirectory() as folder:
        env = common.environment(pathlib.Path(folder) / "home")
        for number in range(1000):
            file = pathlib.Path(folder) / "w.safetensors"
            tiny_checkpoint(file, float(number))
            common.run([zoo, "import", str(file), "--as", f"m{number % 100}", "--quiet"], env)
        for name, arguments, limit in [
            ("zoo --help", ["--help"], 30),
            ("zoo inspect FILE", ["inspect", options.file], 50),
            ("zoo ls (1,000 versions)", ["ls"], 50),
        ]:
            times = [1000 * common.run([zoo, *arguments], env)[0] for _ in range(options.rounds)]
            print(json.dumps({"what": name, "limitMilliseconds": limit, **common.summary(times)}))


main()
