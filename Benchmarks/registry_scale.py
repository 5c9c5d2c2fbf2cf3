#!/usr/bin/env python3
"""Measures listings and look-ups in a large registry of generated metadata.

    Benchmarks/registry_scale.py ZOO [--models 10000] [--versions 50000] [--tensors 5000000] [--keep FOLDER]

The registry's manifests, refs, records and logs are written as the store writes them (see Documentation/store.md); no
blob is there, and none is needed: a listing reads none, and `verify` finds fault with nothing else. Every model is a base and versions fine-tuned from it, each of as many
segments as make up the tensors asked for.

`search` is measured in registries of their own, each with one mirror of as many models: a static one, whose index.json a
server on loopback gives out with an ETag (and, for comparison, without one), and a folder. The first search of each reads
everything; the others are what a user meets. `find`, which lists the folder, is the floor of the latter.
"""

import argparse
import hashlib
import http.server
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
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


def mirror_name(index):
    return f"team-{index % 50:02d}/model-{index:05d}"


def mirror_index(models, seed=2):
    """The bytes of an index.json of as many models, four files each."""
    numbers = random.Random(seed)
    files = ["README.md", "config.json", "model.safetensors", "tokenizer.json"]
    value = {
        "format": "zoo mirror 1",
        "models": [
            {
                "files": [
                    {"path": path, "sha256": f"{numbers.getrandbits(256):064x}", "size": numbers.randrange(1, 1 << 21)}
                    for path in files
                ],
                "folder": mirror_name(index),
                "licences": [{"name": ["Apache-2.0", "MIT"][index % 2], "source": "card"}],
                "name": mirror_name(index),
            }
            for index in range(models)
        ],
    }
    return (json.dumps(value, indent=1) + "\n").encode()


def mirror_folder(folder, models):
    for index in range(models):
        model = folder / mirror_name(index)
        model.mkdir(parents=True)
        (model / "config.json").write_text('{"model_type": "bert"}\n')
        (model / "model.safetensors").write_text(f"weights {index}")
        (model / "README.md").write_text(f"---\nlicense: {['apache-2.0', 'mit'][index % 2]}\n---\n")


def serve(body, has_etag):
    """A server on loopback that gives out one document."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            is_known = has_etag and self.headers.get("If-None-Match") == etag
            self.send_response(304 if is_known else 200)
            if has_etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", "0" if is_known else str(len(body)))
            self.end_headers()
            if not is_known:
                self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def row(what, seconds):
    print(f"| {what} | {min(seconds) * 1000:.0f} ms | {statistics.median(seconds) * 1000:.0f} ms |")


def search(zoo, models, repeat):
    with tempfile.TemporaryDirectory(prefix="zoo-search-") as name:
        work = Path(name).resolve()
        body = mirror_index(models)
        for what, has_etag in (("static, ETag", True), ("static, no ETag", False)):
            server = serve(body, has_etag)
            home = work / what.replace(", ", "-").replace(" ", "-")
            address = f"http://127.0.0.1:{server.server_address[1]}"
            run(zoo, home, "mirror", "add", "lab", address, "--kind", "static")
            measure(zoo, home, what, models, repeat)
            server.shutdown()
        mirror_folder(work / "models", models)
        time.sleep(3)  # A list of files that changed just now is not kept.
        run(zoo, work / "folder", "mirror", "add", "lab", str(work / "models"))
        measure(zoo, work / "folder", "folder", models, repeat)
        seconds = []
        for _ in range(repeat):
            begin = time.perf_counter()
            subprocess.run(["find", work / "models", "-printf", "%s %T@\\n"], stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - begin)
        row("find in that folder, size and time of each file", seconds)


def measure(zoo, home, what, models, repeat):
    first, text = run(zoo, home, "search")
    if len(text.splitlines()) != models + 1:
        raise SystemExit(f"search found {len(text.splitlines()) - 1} of {models} models")
    print(f"| search, {what}: the first | {first * 1000:.0f} ms | |")
    row(f"search, {what}: all", [run(zoo, home, "search")[0] for _ in range(repeat)])
    wanted = mirror_name(models // 2)
    seconds = []
    for _ in range(repeat):
        spent, text = run(zoo, home, "search", wanted)
        seconds.append(spent)
        if len(text.splitlines()) != 2:
            raise SystemExit(f"search {wanted} printed {text}")
    row(f"search, {what}: one", seconds)


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
        }
        for what, (where, *arguments) in commands.items():
            seconds = [run(zoo, where, *arguments)[0] for _ in range(options.repeat)]
            row(what, seconds)
        seconds = [run(zoo, home, "tag", f"{name}@{1 + turn % 2}", "best")[0] for turn in range(options.repeat)]
        row("tag", seconds)
        search(zoo, options.models, options.repeat)
    finally:
        if not options.keep:
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
