"""Converting, inspecting and comparing large files: against h5py, PyTorch and safetensors in Python, and against `cp`.

    python3 Benchmarks/convert.py --zoo .build/release/zoo --python VENV/bin/python [--megabytes 1000] [PART...]

Files are made in a folder below --folder (default: the current one), 6 times --megabytes in all; they are in the page cache when a
side reads them, and both sides end with `sync -f` of their output inside the timed part.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import common

PEERS = pathlib.Path(__file__).parent / "peers"


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        self.zoo, self.python = os.path.abspath(options.zoo), options.python
        self.env = common.environment(self.folder / "home")

    def path(self, name):
        return str(self.folder / name)

    def make(self, *arguments):
        common.run([self.python, str(PEERS / "large_files.py"), *map(str, arguments)], self.env)

    def cached(self, *names):
        for name in names:
            subprocess.run(["cat", self.path(name)], stdout=subprocess.DEVNULL, check=True)

    def timed(self, command, output):
        """Seconds of one run that writes `output`, which is not there before, until it is on the disk."""
        pathlib.Path(output).unlink(missing_ok=True)
        subprocess.run(["sync", "-f", str(self.folder)], check=True)
        start = time.monotonic()
        common.run(command, self.env)
        subprocess.run(["sync", "-f", output], check=True)
        return time.monotonic() - start

    def against(self, what, ours, theirs):
        """Time and peak memory of two commands that each write a file."""
        print(f"## {what}", flush=True)
        outputs = [ours[-1], theirs[-1]]
        common.pairs(
            lambda: self.timed(ours, outputs[0]), lambda: self.timed(theirs, outputs[1]), self.options.rounds)
        peaks = []
        for command, output in zip([ours, theirs], outputs):
            pathlib.Path(output).unlink(missing_ok=True)
            peaks.append(common.peak_bytes(command, self.env))
            pathlib.Path(output).unlink()
        print(json.dumps({"peakBytes": peaks[0], "peerPeakBytes": peaks[1], "ratio": round(peaks[0] / peaks[1], 3)}))

    def convert(self, suffix):
        """A file of another format to safetensors."""
        self.make("same", self.options.megabytes, self.path("a.safetensors"), self.path("a" + suffix))
        self.cached("a" + suffix)
        peer = {".h5": "h5_to_safetensors.py", ".pt": "torch_to_safetensors.py"}[suffix]
        self.against(
            f"{suffix} to safetensors",
            [self.zoo, "convert", self.path("a" + suffix), self.path("ours.safetensors")],
            [self.python, str(PEERS / peer), self.path("a" + suffix), self.path("peer.safetensors")])
        pathlib.Path(self.path("a" + suffix)).unlink()

    def half(self):
        """safetensors to f16, as bytes read a second, against `cp`."""
        self.make("same", self.options.megabytes, self.path("a.safetensors"))
        self.cached("a.safetensors")
        print("## safetensors to f16, against cp (at most 1 / 0.6 = 1.667 of its time)", flush=True)
        source, ours, theirs = map(self.path, ["a.safetensors", "half.safetensors", "copy.safetensors"])
        common.pairs(
            lambda: self.timed([self.zoo, "convert", source, "--dtype", "f16", ours], ours),
            lambda: self.timed(["cp", "--reflink=never", source, theirs], theirs), self.options.rounds)
        for path in [ours, theirs]:
            pathlib.Path(path).unlink()

    def inspect(self):
        """`inspect` of a sparse file of 10 GB with 1,000 tensors."""
        for suffix, limit in [(".safetensors", 50), (".h5", 150), (".pt", 50), (".npz", 50), (".gguf", 50)]:
            path = self.path("sparse" + suffix)
            self.make("sparse", path)
            command = [self.zoo, "inspect", path]
            times = [1000 * common.run(command, self.env)[0] for _ in range(4 * self.options.rounds)]
            print(json.dumps({
                "what": f"inspect of a sparse {suffix} of {os.path.getsize(path) / 1e9:.1f} GB",
                "limitMilliseconds": limit, "limitPeakMB": 48,
                "peakMB": round(common.peak_bytes(command, self.env) / 1e6, 1), **common.summary(times)}), flush=True)
            os.unlink(path)

    def rate(self, what, command, byte_count, codes=(0,)):
        """Bytes a second of user and system time, the median of some runs."""
        rates, walls = [], []
        for _ in range(self.options.rounds):
            before, start = os.times(), time.monotonic()
            child = subprocess.run(command, env=self.env, stdout=subprocess.DEVNULL)
            if child.returncode not in codes:
                sys.exit(f"{' '.join(command)}: exit code {child.returncode}")
            walls.append(byte_count / (time.monotonic() - start) / 1e9)
            after = os.times()
            used = after.children_user + after.children_system - before.children_user - before.children_system
            rates.append(byte_count / used / 1e9)
        print(json.dumps({"what": what, "limit": 1.0, "perCoreGB/s": common.summary(rates), "wallGB/s": common.summary(walls)}),
              flush=True)

    def diff(self):
        """`diff` of two files in the page cache: every element differs; the same bytes; f32 beside its f16."""
        self.make("same", self.options.megabytes, self.path("a.safetensors"))
        self.make("moved", self.options.megabytes, self.path("b.safetensors"))
        a, b, c = map(self.path, ["a.safetensors", "b.safetensors", "c.safetensors"])
        self.cached("a.safetensors", "b.safetensors")
        size = os.path.getsize(a)
        self.rate("diff, every element differs", [self.zoo, "diff", a, b], 2 * size, codes=(1,))
        shutil.copyfile(a, c)
        self.rate("diff, the same bytes", [self.zoo, "diff", a, c], 2 * size)
        os.unlink(c)
        common.run([self.zoo, "convert", a, c, "--dtype", "f16"], self.env)
        self.rate("diff, f32 and f16", [self.zoo, "diff", a, c], size + os.path.getsize(c), codes=(1,))
        os.unlink(c)

    def digest(self):
        """The weights digest of a file, through `zoo whatis` in an empty registry, whose answer is that it knows nothing."""
        self.make("same", self.options.megabytes, self.path("a.safetensors"))
        self.cached("a.safetensors")
        a = self.path("a.safetensors")
        self.rate("weights digest", [self.zoo, "whatis", a], os.path.getsize(a), codes=(1,))
        self.rate("openssl dgst -sha256", ["openssl", "dgst", "-sha256", a], os.path.getsize(a))


PARTS = {
    "h5": lambda bench: bench.convert(".h5"),
    "pt": lambda bench: bench.convert(".pt"),
    "half": Bench.half,
    "inspect": Bench.inspect,
    "diff": Bench.diff,
    "digest": Bench.digest,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--python", default=sys.executable, help="with numpy, h5py, torch and safetensors")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=".")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(options, folder)
        for name in options.parts or PARTS:
            PARTS[name](bench)


main()
