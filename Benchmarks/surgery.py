"""`zoo slice` of a 1 GB model to half its layers against `cp` of the bytes written, and `zoo merge` of three such models;
both sides end with `sync -f` of their output. Prints the peak memory of each.

    python3 Benchmarks/surgery.py --zoo .build/release/zoo [--gigabytes 1] [--rounds 5] [--only slice|merge]
"""
import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import tempfile
import time

import common

HIDDEN, UNITS, VOCABULARY, POSITIONS = 1024, 4096, 1000, 128


def shapes(layers):
    """The tensors of a BERT, by name."""
    found = {
        "embeddings.word_embeddings.weight": [VOCABULARY, HIDDEN],
        "embeddings.position_embeddings.weight": [POSITIONS, HIDDEN],
        "embeddings.token_type_embeddings.weight": [2, HIDDEN],
        "embeddings.LayerNorm.weight": [HIDDEN], "embeddings.LayerNorm.bias": [HIDDEN],
        "pooler.dense.weight": [HIDDEN, HIDDEN], "pooler.dense.bias": [HIDDEN],
    }
    for layer in range(layers):
        place = f"encoder.layer.{layer}."
        for name, rows, columns in [
            ("attention.self.query", HIDDEN, HIDDEN), ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN), ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", UNITS, HIDDEN), ("output.dense", HIDDEN, UNITS),
        ]:
            found[f"{place}{name}.weight"] = [rows, columns]
            found[f"{place}{name}.bias"] = [rows]
        for name in ["attention.output.LayerNorm", "output.LayerNorm"]:
            found[f"{place}{name}.weight"] = [HIDDEN]
            found[f"{place}{name}.bias"] = [HIDDEN]
    return found


def write_model(folder, layers, seed):
    """A model of `layers` layers whose numbers lie between 2^-7 and 2^-5; the same bytes at each run."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "num_hidden_layers": layers,
        "num_attention_heads": 16, "intermediate_size": UNITS, "hidden_act": "gelu", "type_vocab_size": 2,
        "max_position_embeddings": POSITIONS, "layer_norm_eps": 1e-12}))
    header, start = {}, 0
    for name, shape in shapes(layers).items():
        size = 4
        for count in shape:
            size *= count
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, start + size]}
        start += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    numbers, left = random.Random(seed), start
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        while left:
            block = bytearray(numbers.randbytes(min(left, 16_000_000)))
            block[3::4] = b"\x3c" * (len(block) // 4)
            file.write(block)
            left -= len(block)


def timed(command, output, env):
    """(seconds, CPU seconds, bytes) of a command and the flush of what it wrote; the output is removed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    common.run([str(part) for part in command], env)
    subprocess.run(["sync", "-f", output], check=True)
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    file = output / "model.safetensors" if output.is_dir() else output
    size = file.stat().st_size
    shutil.rmtree(output) if output.is_dir() else output.unlink()
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, used, size


def peak(command, output, env):
    bytes_ = common.peak_bytes([str(part) for part in command], env)
    shutil.rmtree(output) if output.is_dir() else output.unlink()
    return bytes_


def slice_(options, folder, env, zoo, layers):
    output, copied = folder / "half", folder / "copied"
    command = [zoo, "slice", folder / "a", "--layers", ",".join(map(str, range(0, layers, 2))), "-o", output, "--quiet"]
    common.run([str(part) for part in command], env)
    part = folder / "part"
    shutil.move(output / "model.safetensors", part)
    shutil.rmtree(output)
    sizes = {"bytesWritten": part.stat().st_size, "largestTensor": 4 * HIDDEN * UNITS}
    result = common.pairs(
        lambda: timed(command, output, env)[0], lambda: timed(["cp", part, copied], copied, env)[0], options.rounds)
    cpu = timed(command, output, env)[1]
    print(json.dumps({
        "benchmark": "slice", **sizes, "speedOfCopy": round(1 / result["ratio"], 3), "atLeast": 0.6,
        "cpuSeconds": round(cpu, 2), "peakBytes": peak(command, output, env),
        "atMost": 300_000_000 + sizes["largestTensor"], "void": result["void"]}))


def merge(options, folder, env, zoo, method):
    output = folder / "merged"
    command = [zoo, "merge", folder / "a", folder / "b", folder / "c", "--method", method, "-o", output, "--quiet"]
    if method == "ties":
        command = [*command[:4], "--base", folder / "c", *command[5:]]
    parts = 3 * (folder / "a" / "model.safetensors").stat().st_size
    runs = [timed(command, output, env) for _ in range(options.rounds)]
    seconds, cpu = (common.summary([run[index] for run in runs]) for index in (0, 1))
    print(json.dumps({
        "benchmark": f"merge {method}", "bytesRead": parts, "seconds": seconds, "cpuSeconds": cpu,
        "gigabytesPerSecond": round(parts / 1e9 / seconds["median"], 3),
        "gigabytesPerCoreSecond": round(parts / 1e9 / cpu["median"], 3), "atLeast": 0.5,
        "peakBytes": peak(command, output, env), "atMost": 300_000_000 + 4 * HIDDEN * UNITS}))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["slice", "merge"])
    options = parser.parse_args()
    zoo, layers = os.path.abspath(options.zoo), max(2, round(options.gigabytes * 20))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as name:
        folder = pathlib.Path(name)
        env = common.environment(folder / "home")
        for seed, part in enumerate("abc"):
            write_model(folder / part, layers, seed)
        # Else whoever comes first waits for the inputs to reach the disk.
        os.sync()
        if options.only != "merge":
            slice_(options, folder, env, zoo, layers)
        if options.only != "slice":
            for method in ["linear", "ties"]:
                merge(options, folder, env, zoo, method)


main()
