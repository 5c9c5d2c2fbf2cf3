#!/usr/bin/env python3
"""Measures listings and look-ups in a large registry of generated metadata.

    Benchmarks/registry_scale.py ZOO [--models 10000] [--versions 50000] [--tensors 5000000] [--keep FOLDER]

The registry's manifests, refs, records and logs are written as the store writes them (see Documentation/store.md); no
blob is there, and none is needed: a listing reads none, and `verify` finds fault with nothing else. Every model is a base and versions fine-tuned from it, each of as many
segments as make up the tensors asked for.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(numbers, index, number, parent, segment_count):
    """The canonical JSON of a version: a base, or a fine-tune that shares all but two segments with it."""
    rows = [[f"{numbers.getrandbits(256):064x}", 1 << 16] for _ in range(segment_count if parent is None else 2)]
    shared = [] if parent is None else parent[1][: segment_count - 2]
    segments = shared + rows
    size = sum(row[1] for row in segments)
    file_digest = f"{numbers.getrandbits(256):064x}"
    value = {
        "architecture": ["bert", "gpt2", "llama", "resnet"][index % 4],
        "derivation": {
            "inputs": [{"role": "file", "sha256": file_digest}],
            "numericsVersion": 1,
            "operation": "import" if parent is None else "finetune",
            "parameters": {"seed": number},
            "parents": [] if parent is None else [parent[0]],
        },
        "files": [{"path": "model.safetensors", "segments": segments, "sha256": file_digest, "size": size}],
        "licences": [{"name": ["Apache-2.0", "MIT"][index % 2], "source": "card"}],
        "schema": 1,
        "weightsDigest": f"{numbers.getrandbits(256):064x}",
    }
    if parent is not None:
        value["task"] = "sentiment"
        value["labels"] = ["negative", "positive"]
        value["metrics"] = {"accuracy": {"value": round(0.5 + numbers.random() / 2, 4)}}
    return canonical(value), segments


def generate(home, models, versions, tensors, seed=1):
    numbers = random.Random(seed)
    folders = [home / name for name in ("blobs/sha256", "manifests/sha256", "refs", "records", "logs")]
    for folder in folders:
        folder.mkdir(parents=True)
    per_model, per_version = versions // models, tensors // versions
    for index in range(models):
        name = f"team-{index % 50:02d}--model-{index:05d}"
        folder = home / "refs" / name
        (folder / "versions").mkdir(parents=True)
        base = None
        for number in range(1, per_model + 1):
            text, segments = manifest(numbers, index, number, base, per_version)
            identity = digest(text)
            if base is None:
                base = (identity, segments)
            (home / "manifests/sha256" / identity).write_text(text)
            (folder / "versions" / str(number)).write_text(f"sha256:{identity}\n")
            record(home, identity, f"{name.replace('--', '/')}@{number}", per_version * (1 << 14))
        if index % 10 == 0:
            (folder / "aliases").mkdir()
            (folder / "aliases" / "production").write_text(f"sha256:{identity}\n")
            log(home, name, per_model)


def record(home, identity, version, parameters):
    folder = home / "records" / identity
    folder.mkdir()
    body = {"body": {"version": version, "parameters": parameters}, "kind": "created", "time": "2026-01-01T00:00:00Z"}
    check = digest(f"{identity} 1\n" + canonical(body))[:16]
    (folder / "000001-created.json").write_text(canonical(body | {"check": check}) + "\n")


def log(home, name, number):
    """The first line of a model's log: its alias `production` was set."""
    line = {"alias": "production", "event": "alias", "number": number, "time": "2026-01-01T00:00:00Z"}
    check = digest("\n" + canonical(line))[:16]
    (home / "logs" / f"{name}.jsonl").write_text(canonical(line | {"check": check}) + "\n")


def run(zoo, home, *arguments):
    """Seconds, and what was printed."""
    environment = os.environ | {"ZOO_HOME": str(home), "NO_COLOR": "1"}
    begin = time.perf_counter()
    process = subprocess.run([zoo, *arguments], env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        raise SystemExit(f"zoo {' '.join(arguments)}: {process.stderr}")
    return seconds, process.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zoo")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=50_000)
    parser.add_argument("--tensors", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="make the registry here and leave it")
    options = parser.parse_args()
    home = (options.keep or Path(tempfile.mkdtemp(prefix="zoo-scale-"))).resolve()
    zoo = os.path.abspath(options.zoo)
    try:
        if not (home / "refs").exists():
            generate(home, options.models, options.versions, options.tensors)
        time.sleep(1)
        middle = options.models // 2 // 4 * 4
        name = f"team-{middle % 50:02d}/model-{middle:05d}"
        rebuilt, _ = run(zoo, home, "ls", name)
        print(f"{options.models} models, {options.versions} versions, {options.tensors} tensors\n")
        print("| what | best | median |\n|---|---|---|")
        print(f"| index made from nothing | {rebuilt:.1f} s | |")
        empty = home.parent / (home.name + "-empty")
        commands = {
            "an empty registry, for comparison": (empty, "ls"),
            "ls NAME": (home, "ls", name),
            "ls with conditions": (home, "ls", "--arch", "llama", "--metric", "accuracy>0.999"),
            "ls with other conditions": (
                home, "ls", "--arch", "bert", "--max-params", "50M", "--task", "sentiment"),
            "ls --metric 'accuracy>0.9'": (home, "ls", "--metric", "accuracy>0.9"),
            "ls --derived-from": (home, "ls", "--derived-from", name),
            "ls, every version": (home, "ls"),
            "ls --tree": (home, "ls", "--tree"),
            "show": (home, "show", name),
            "lineage": (home, "lineage", name),
            "log": (home, "log", name),
            "search (mirrors)": (home, "search", "model"),
        }
        for what, (where, *arguments) in commands.items():
            seconds = [run(zoo, where, *arguments)[0] for _ in range(options.repeat)]
            print(f"| {what} | {min(seconds) * 1000:.0f} ms | {statistics.median(seconds) * 1000:.0f} ms |")
        seconds = [run(zoo, home, "tag", f"{name}@{1 + turn % 2}", "best")[0] for turn in range(options.repeat)]
        print(f"| tag | {min(seconds) * 1000:.0f} ms | {statistics.median(seconds) * 1000:.0f} ms |")
    finally:
        if not options.keep:
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
