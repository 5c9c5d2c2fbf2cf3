#!/usr/bin/env python3
"""Many processes pull, import, train, tag, remove and collect in one registry at once, for a bounded time.

Afterwards the registry verifies, nothing that was acknowledged is lost, no content became two versions of a model, the log
of aliases is one chain, and nobody waited for a lock that no living process held.

    Scripts/concurrency.py ZOO [--seconds 600] [--workers 6]
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "Interop"))

from model_server import ModelServer  # noqa: E402
from sweep_inputs import write_bert, write_model, write_rows  # noqa: E402

MODELS = 8
# Exit codes that are answers: a version may be gone or be held by an alias when its turn comes.
ANSWERS = {"rm": (0, 2, 3), "tag": (0, 3), "tag --force": (0, 3)}
PATIENCE = 30


class Broken(Exception):
    """Raised with what did not hold."""


class Crowd:
    """Workers on one registry."""

    def __init__(self, zoo, folder):
        self.zoo, self.folder, self.home = str(zoo), Path(folder), Path(folder) / "home"
        served = self.folder / "served"
        for seed in range(MODELS):
            write_model(served / f"m{seed}", seed)
        write_bert(self.folder / "bert", 5)
        write_rows(self.folder / "rows.csv")
        self.require("mirror", "index", served)
        self.server = ModelServer(root=served)
        self.require("import", served / "m0", "--as", "shared")
        self.require("import", self.folder / "bert", "--as", "bert")
        self.require("mirror", "add", "web", self.server.url)

    def run(self, *arguments):
        environment = os.environ | {"ZOO_HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [self.zoo, *map(str, arguments), "--quiet"], env=environment, capture_output=True, timeout=2 * PATIENCE)

    def require(self, *arguments):
        process = self.run(*arguments)
        if process.returncode != 0:
            raise Broken(f"zoo {' '.join(map(str, arguments))}: {process.returncode} {process.stderr.decode()}")
        return process.stdout.decode()

    def json(self, *arguments):
        return json.loads(self.require(*arguments, "--json"))

    def commands(self, worker, turn, numbers):
        """Each action's arguments; of `own` and those after it the version made has to be there at the end."""
        served, seed = self.folder / "served", numbers.randrange(MODELS)
        new = worker * 100_000 + turn
        return {
            "import": ["import", served / f"m{seed}", "--as", "shared"],
            "pull the same": ["pull", "m0", "--as", "pulled"],
            "pull another": ["pull", f"m{seed}", "--as", "pulled"],
            "tag": ["tag", "shared", numbers.choice(["best", "next"])],
            "tag --force": ["tag", f"shared@{numbers.choice([1, 1, 2, 3])}", "kept", "--protect", "--force"],
            "note": ["note", "shared@1", f"{worker} {turn}"],
            "rm": ["rm", f"shared@{numbers.randrange(2, 9)}"],
            "gc": ["gc"],
            "ls": ["ls"],
            "own": ["import", self.folder / f"own-{worker}-{turn}", "--as", f"own-{worker}", "--json"],
            "head": ["head", "bert", "--task", "sentiment", "--labels", "bad,good", "--seed", new,
                     "--name", f"head-{worker}", "--json"],
            "finetune": ["finetune", "bert", "--task", "sentiment", "--data", self.folder / "rows.csv", "--seed", new,
                         "--freeze", "all", "--epochs", "1", "--name", f"tuned-{worker}", "--json"],
        }

    def work(self, worker, seconds):
        """What one worker did: exit codes, the versions it was told of, notes, the longest that it waited."""
        numbers, end = random.Random(worker), time.monotonic() + seconds
        codes, mine, notes, slowest = collections.Counter(), [], 0, 0.0
        turn = 0
        while time.monotonic() < end:
            turn += 1
            commands = self.commands(worker, turn, numbers)
            # Everybody begins elsewhere, so that everything is done at least once; then by chance.
            names = list(commands)
            action = names[(2 * worker + turn) % len(names)] if turn <= len(names) else numbers.choice(names)
            if action == "own":
                write_model(self.folder / f"own-{worker}-{turn}", worker * 100_000 + turn)
            begin = time.monotonic()
            process = self.run(*commands[action])
            slowest = max(slowest, time.monotonic() - begin)
            codes[action, process.returncode] += 1
            if process.returncode not in ANSWERS.get(action, (0,)):
                raise Broken(f"zoo {' '.join(map(str, commands[action]))}: {process.returncode} "
                             + process.stderr.decode())
            if action in ("own", "head", "finetune"):
                # Training tells of each step on a line of its own.
                answer = process.stdout.splitlines()[-1] if action == "finetune" else process.stdout
                mine.append(json.loads(answer)["version"])
            notes += action == "note"
        return codes, mine, notes, slowest

    def check(self, results):
        """Raises Broken with what does not hold after all is done."""
        verified = self.run("verify")
        if verified.returncode != 0:
            raise Broken(f"zoo verify: {verified.returncode} {verified.stdout.decode()}")
        listed = self.json("ls")
        versions = {f"{v['name']}@{v['version']}" for v in listed}
        for _, mine, _, _ in results:
            if len(set(mine)) != len(mine):
                raise Broken(f"a version was given twice: {sorted(mine)}")
            if not set(mine) <= versions:
                raise Broken(f"lost: {sorted(set(mine) - versions)}")
        for name in ("shared", "pulled"):
            digests = [v["digest"] for v in listed if v["name"] == name]
            if len(set(digests)) != len(digests):
                raise Broken(f"the same content is two versions of {name}")
        noted = sum(notes for _, _, notes, _ in results)
        found = len(self.json("note", "shared@1")["notes"])
        if found != noted:
            raise Broken(f"{found} notes of {noted}")
        # Each move starts where the one before ended: nothing was overwritten unseen.
        position = {}
        for entry in self.json("log", "shared"):
            details = entry.get("details", {})
            if details.get("event") == "alias":
                if details.get("from") != position.get(details["alias"]):
                    raise Broken(f"an update of {details['alias']} was lost")
                position[details["alias"]] = details.get("number")
        slowest = max(slowest for *_, slowest in results)
        if slowest >= PATIENCE:
            raise Broken(f"somebody waited for a lock that nobody gave back ({slowest:.0f} s)")
        if list((self.home / "partial").iterdir()):
            raise Broken(f"partial downloads are left: {sorted((self.home / 'partial').iterdir())}")


def crowd(zoo, seconds, workers=6):
    """Runs it; returns how often each action ended with each exit code, and the longest time that one took."""
    with tempfile.TemporaryDirectory(prefix="zoo-crowd-") as folder:
        work = Crowd(zoo, folder)
        with work.server, concurrent.futures.ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(lambda worker: work.work(worker, seconds), range(workers)))
            work.check(results)
    return sum((codes for codes, *_ in results), collections.Counter()), max(slowest for *_, slowest in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zoo", help="the program")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--workers", type=int, default=6)
    options = parser.parse_args()
    try:
        done, slowest = crowd(os.path.abspath(options.zoo), options.seconds, options.workers)
    except Broken as error:
        print(f"BROKEN: {error}")
        return 1
    print(f"{sum(done.values())} commands of {options.workers} processes at once in {options.seconds:.0f} s; the registry "
          f"verifies, nothing is lost; the slowest took {slowest:.1f} s.\n\n| command | done | refused |\n|---|---|---|")
    for action in sorted({action for action, _ in done}):
        refused = sum(count for (name, code), count in done.items() if name == action and code != 0)
        print(f"| {action} | {done[action, 0]} | {refused} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
