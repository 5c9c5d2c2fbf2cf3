#!/usr/bin/env python3
"""Kills the zoo program, fails its system calls and cuts its power at every step of what changes a registry.

After each, the registry has to verify, nothing that was there may be missing, no failure may look like success, and the
same command, run again, has to end in the state that an undisturbed run gives.

    Scripts/kill_sweep.py ZOO                 the full sweep (`make soak`)
    Scripts/kill_sweep.py ZOO --sample 60     a seeded sample
    Scripts/kill_sweep.py ZOO --minutes 20    what can be done in this time, as many distinct points as possible

The shim in faults.c counts calls on files below the registry; a point is (command, system call, ordinal).
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "Interop"))

from model_server import ModelServer  # noqa: E402
from power_loss import Home, PowerLoss  # noqa: E402
from sweep_inputs import write_bert, write_model, write_rows  # noqa: E402

CHANGES = ["open", "write", "fsync", "rename", "link", "unlink", "mkdir", "rmdir", "chmod", "ftruncate"]
ACTIONS = {
    # action: (calls it can strike, whether it stays)
    "kill": (CHANGES, False),
    "torn": (["write"], False),
    "short": (["write"], False),
    "power": (CHANGES, False),
    "ENOSPC": (["open", "write", "link", "mkdir", "ftruncate", "fsync"], True),
    "EIO": (["write", "fsync", "read", "rename"], False),
    "EACCES": (["open", "rename", "link", "unlink", "mkdir", "rmdir"], False),
    "EROFS": (CHANGES, True),
    # Every write takes half of what it is given, all through the command: one point each.
    "halved": ([], True),
}
POWER = ["lost", "names", "mixed"]

Point = collections.namedtuple("Point", "command call ordinal action")


class Survived(Exception):
    """Raised with what did not hold at a point."""


class Scenario:
    """A command that changes a registry, and the registry it starts from."""

    def __init__(self, name, prepare, command, again=(0,), loses=(), damage=None, told=None):
        self.name, self.prepare, self.command = name, prepare, command
        # A command, words that it prints whatever happens, and words that it prints once the command is done.
        self.told = told
        # Exit codes that are right when the command runs again; versions that it is meant to remove.
        self.again, self.loses = again, set(loses)
        # What is done to the folder after that, for a command that puts it right.
        self.damage = damage


def damage(home):
    """One of each thing that a registry puts right by itself, and nothing that it cannot."""
    flip = {"refs/base/versions/1": 20, "refs/base/aliases/best": 20, "logs/other.jsonl": 5}
    for path in (home / "records").glob("*/*-note.json"):
        flip[path.relative_to(home)] = 3
    for path, place in flip.items():
        content = bytearray((home / path).read_bytes())
        content[place] ^= 1
        (home / path).write_bytes(content)
    (home / "refs/base/aliases/gone").unlink()
    (home / "refs/third").rename(home / "refs/Third")
    blob = max((home / "blobs").glob("*/*/*"), key=lambda path: path.stat().st_size)
    blob.rename(blob.with_name(blob.name.upper()))


class Sweep:
    def __init__(self, zoo, folder, library=None):
        self.zoo, self.folder = str(zoo), Path(folder).resolve()
        self.library = library or build_shim(self.folder)
        self.inputs = self.folder / "inputs"
        write_model(self.inputs / "one", 1)
        write_model(self.inputs / "two", 2)
        write_bert(self.inputs / "bert", 5)
        write_rows(self.inputs / "rows.csv")
        # Three chunks of a transfer, several segments.
        served = self.folder / "served"
        write_model(served / "web", 3, tensors=((64, 512), (512, 1024), (128, 512), (8,)))
        self.require(self.folder / "nobody", "mirror", "index", str(served))
        self.server = ModelServer(root=served)
        one, two, bert = (str(self.inputs / name) for name in ("one", "two", "bert"))
        rows = str(self.inputs / "rows.csv")
        first = [["import", one, "--as", "base"]]
        both = first + [["import", two, "--as", "base"]]
        self.scenarios = {s.name: s for s in [
            Scenario("import", [], ["import", one, "--as", "base"]),
            Scenario("import next", first, ["import", two, "--as", "base"]),
            Scenario("pull", first + [["mirror", "add", "team", str(self.inputs)]], ["pull", "two", "--as", "base"]),
            Scenario("pull web", first + [["mirror", "add", "team", self.server.url]], ["pull", "web", "--as", "base"]),
            Scenario("note", first + [["note", "base@1", "kept words"]], ["note", "base@1", "new words"],
                     told=(["note", "base@1"], ["kept words"], ["new words"])),
            Scenario("tag", first, ["tag", "base@1", "best"]),
            Scenario("move tag", both + [["tag", "base@1", "best"]], ["tag", "base@2", "best"]),
            Scenario("protect", first + [["tag", "base@1", "best"]], ["tag", "base@1", "best", "--protect"]),
            Scenario("end protection", both + [["tag", "base@1", "best", "--protect"]],
                     ["tag", "base@2", "best", "--unprotect", "--force"]),
            Scenario("rm", both, ["rm", "base@2"], again=(0, 3), loses=["base@2"]),
            Scenario("rm last", first, ["rm", "base@1"], again=(0, 3), loses=["base@1"]),
            Scenario("rm --with-descendants",
                     both + [["convert", "base@1", "half", "--dtype", "f16"], ["convert", "half", "whole", "--dtype", "f32"],
                             ["convert", "base@1", "base", "--dtype", "bf16"], ["tag", "base@2", "best"]],
                     ["rm", "base@1", "--with-descendants"], again=(0, 3),
                     loses=["base@1", "base@3", "half@1", "whole@1"]),
            Scenario("gc", both + [["rm", "base@2"]], ["gc"]),
            Scenario("verify --rebuild", both, ["verify", "--rebuild"]),
            Scenario("verify --heal",
                     both + [["import", one, "--as", "other"], ["import", two, "--as", "third"],
                             ["tag", "base@1", "best"], ["tag", "base@2", "gone", "--protect"],
                             ["tag", "other@1", "best"], ["note", "base@2", "kept"]],
                     ["verify", "--heal"], damage=damage),
            Scenario("mirror add", [], ["mirror", "add", "team", str(self.inputs)]),
            Scenario("finetune", [["import", bert, "--as", "bert"]],
                     ["finetune", "bert", "--task", "sentiment", "--data", rows, "--name", "reviews", "--epochs", "1"]),
        ]}
        self.baselines, self.expected, self.counts = {}, {}, {}

    def run(self, home, *arguments, faults=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FAULT_")}
        environment |= {"ZOO_HOME": str(home), "OMP_NUM_THREADS": "1"} | (faults or {})
        if faults is not None:
            environment |= {"LD_PRELOAD": str(self.library), "FAULT_HOME": str(home)}
        try:
            return subprocess.run([self.zoo, *arguments, "--quiet"], env=environment, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            raise Survived(f"zoo {' '.join(arguments)} hangs") from None

    def require(self, home, *arguments, codes=(0,)):
        process = self.run(home, *arguments)
        if process.returncode not in codes:
            raise Survived(f"zoo {' '.join(arguments)} ends with {process.returncode}: "
                           + (process.stderr + process.stdout).decode(errors="replace").strip()[-600:])
        return process.stdout.decode()

    def state(self, home):
        """What a registry says it holds, and after gc what it really holds."""
        versions = {f"{v['name']}@{v['version']}": (v["digest"], tuple(v["aliases"]))
                    for v in json.loads(self.require(home, "ls", "--json"))}
        return versions

    def prepare(self, name):
        """Makes the registry the scenario starts from, the state it should end in, and counts the calls."""
        scenario = self.scenarios[name]
        base = self.folder / "baselines" / name.replace(" ", "-")
        base.mkdir(parents=True)
        for command in scenario.prepare:
            self.require(base, *command)
        self.baselines[name] = (base, self.state(base))
        if scenario.damage:
            scenario.damage(base)
        with self.scratch() as scratch:
            home = scratch / "home"
            copy(base, home)
            process = self.run(home, *scenario.command, faults={"FAULT_TRACE": str(scratch / "trace")})
            if process.returncode != 0:
                raise SystemExit(f"{name}: {process.stderr.decode()}")
            counts = collections.Counter()
            for line in (scratch / "trace").read_text().splitlines():
                call, ordinal, _ = line.split(" ", 2)
                if call != "new":
                    counts[call] = max(counts[call], int(ordinal))
            self.counts[name] = counts
            versions = self.state(home)
            if scenario.damage and versions != self.baselines[name][1]:
                raise SystemExit(f"{name}: brings back {versions} instead of {self.baselines[name][1]}")
            self.require(home, "gc")
            self.expected[name] = (versions, files(home))

    @contextlib.contextmanager
    def scratch(self):
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def points(self):
        found = []
        for name in self.scenarios:
            for action, (calls, _) in ACTIONS.items():
                for call in calls:
                    count = self.counts[name][call]
                    found += [Point(name, call, ordinal, action) for ordinal in range(1, count + 1)]
            # The power goes just after the command has ended: what it reported must be there.
            found.append(Point(name, "end", 1, "power"))
            found.append(Point(name, "write", 1, "halved"))
        return found

    def exercise(self, point):
        """Raises Survived with a reason when something does not hold; whether the point was reached."""
        scenario = self.scenarios[point.command]
        base, before = self.baselines[point.command]
        with self.scratch() as scratch:
            home, shadow = scratch / "home", scratch / "shadow"
            copy(base, home)
            shadow.mkdir()
            is_power = point.action == "power"
            walked = Home(home, {}) if is_power else None
            faults = {"FAULT_CALL": point.call, "FAULT_AT": str(point.ordinal), "FAULT_TRACE": str(scratch / "trace"),
                      "FAULT_ACT": {"power": "kill", "halved": "short"}.get(point.action, point.action)}
            if ACTIONS[point.action][1]:
                faults["FAULT_STICKY"] = "1"
            if is_power:
                faults["FAULT_SHADOW"] = str(shadow)
            process = self.run(home, *scenario.command, faults=faults)
            code = process.returncode
            lines = (scratch / "trace").read_text().splitlines() if (scratch / "trace").exists() else []
            reached = point.call == "end" or f"{point.call} {point.ordinal} " in "".join(
                line.rsplit(" ", 1)[0] + " \n" for line in lines)
            killed = -signal.SIGKILL
            allowed = {"kill": [killed, 0], "power": [killed, 0], "torn": [killed, 0], "short": [0],
                       "halved": [0]}
            if code not in allowed.get(point.action, [0, 5, 6]):
                raise Survived(f"ends with {code}: {process.stderr.decode(errors='replace').strip()[-600:]}")
            if not is_power:
                self.check(point, home, before, code)
                return reached
            generations = {}
            for line in lines:
                kind, number, rest = line.split(" ", 2)
                if kind == "new":
                    generations[int(number)] = int(rest)
            after = Home(home, generations)
            for policy in POWER:
                rebuilt = scratch / policy
                PowerLoss(walked, after, shadow, policy, f"{point}").write(walked.root, rebuilt)
                try:
                    self.check(point, rebuilt, before, code)
                except Survived as error:
                    raise Survived(f"power loss, unsynced {policy}: {error}") from None
                shutil.rmtree(rebuilt)
            return reached

    def check(self, point, home, before, code):
        scenario = self.scenarios[point.command]
        expected, expected_files = self.expected[point.command]
        if scenario.damage and code != 0:
            # What is still damaged cannot be listed: healing again has to bring everything back.
            self.require(home, *scenario.command, codes=scenario.again)
        self.require(home, "verify")
        versions = self.state(home)
        for version, (digest, _) in before.items():
            if version not in scenario.loses and versions.get(version, (None,))[0] != digest:
                raise Survived(f"{version} is gone")
        if code == 0 and versions != expected:
            raise Survived(f"it reported success and left {versions} instead of {expected}")
        for version in versions:
            if version not in before and version not in expected:
                raise Survived(f"{version} came from nowhere")
        self.check_words(scenario, home, is_done=code == 0)
        self.require(home, *scenario.command, codes=scenario.again)
        self.require(home, "verify")
        if self.state(home) != expected:
            raise Survived(f"run again it left {self.state(home)} instead of {expected}")
        self.check_words(scenario, home, is_done=True)
        for run in json.loads(self.require(home, "runs", "--json")):
            self.require(home, "runs", "rm", run["run"])
        self.require(home, "gc")
        left = files(home)
        if left != expected_files:
            raise Survived(f"after gc: {sorted(left ^ expected_files)}")

    def check_words(self, scenario, home, is_done):
        if scenario.told:
            command, always, afterwards = scenario.told
            text = self.require(home, *command)
            for words in always + (afterwards if is_done else []):
                if words not in text:
                    raise Survived(f"zoo {' '.join(command)} does not tell of {words!r}: {text}")


def files(home):
    """The files a registry is made of, less those that count time or runs."""
    parts = ("blobs", "manifests", "refs", "mirrors")
    return {p.relative_to(home).as_posix() for p in Path(home).rglob("*") if p.is_file()
            and p.relative_to(home).parts[0] in parts}


def copy(source, target):
    shutil.copytree(source, target, symlinks=True)


def build_shim(folder):
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "faults.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "faults.c", "-ldl", "-lpthread"], check=True)
    return library


def in_rounds(points, seed, key):
    """The points in a seeded order: one for each key, then a second for each, and so on."""
    shuffled = random.Random(seed).sample(points, len(points))
    seen = collections.Counter()
    rounds = []
    for point in shuffled:
        rounds.append(seen[key(point)])
        seen[key(point)] += 1
    return [point for _, point in sorted(zip(rounds, shuffled), key=lambda pair: pair[0])]


def place(point):
    return point.command, point.call, point.ordinal


def sweep(zoo, sample=None, seed=1, commands=None, actions=None, jobs=None, minutes=None, report=print):
    """Runs the sweep; returns the points exercised and the failures."""
    limit = time.monotonic() + 60 * minutes if minutes else float("inf")
    with tempfile.TemporaryDirectory(prefix="zoo-sweep-") as folder, contextlib.ExitStack() as ending:
        work = Sweep(zoo, folder)
        ending.enter_context(work.server)
        if commands:
            work.scenarios = {name: s for name, s in work.scenarios.items() if name in commands}
        with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            list(pool.map(work.prepare, work.scenarios))
        points = [p for p in work.points() if not actions or p.action in actions]
        if sample and sample < len(points):
            # Every command has its share, and every write is cut short once.
            points = in_rounds(points, seed, lambda point: point.command)
            points = sorted(points, key=lambda point: point.action != "halved")[:sample]
        points = in_rounds(points, seed, place) if minutes else points
        exercised, failures = [], []
        with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            futures = {
                pool.submit(lambda point: time.monotonic() < limit and work.exercise(point), point): point
                for point in points}
            for future in concurrent.futures.as_completed(futures):
                point = futures[future]
                try:
                    if future.result():
                        exercised.append(point)
                except Survived as error:
                    exercised.append(point)
                    failures.append((point, str(error)))
                    report(f"FAILED zoo {point.command}: {point.action} at {point.call} {point.ordinal}: {error}",
                           flush=True)
        return exercised, failures


def summary(exercised, failures, seconds):
    """A short block of text for Benchmarks/soak.md."""
    distinct = {place(p) for p in exercised}
    lines = [f"distinct points (command, system call, ordinal): {len(distinct)}; survived: "
             f"{len(distinct - {place(p) for p, _ in failures})}",
             f"points with what was done at them: {len(exercised)}; survived: {len(exercised) - len(failures)}; "
             f"{seconds:.0f} s", "", "| command | points | " + " | ".join(ACTIONS) + " |",
             "|---|---|" + "---|" * len(ACTIONS)]
    for command in dict.fromkeys(p.command for p in sorted(exercised)):
        row = [str(len({(p.call, p.ordinal) for p in exercised if p.command == command}))]
        row += [str(sum(p.command == command and p.action == action for p in exercised)) for action in ACTIONS]
        lines.append(f"| {command} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zoo", help="the program")
    parser.add_argument("--sample", type=int, help="exercise only so many points, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", action="append", help="only this command (may be repeated)")
    parser.add_argument("--action", action="append", help="only this action (may be repeated)")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--minutes", type=float, help="begin no further point after this time")
    options = parser.parse_args()
    started = time.monotonic()
    exercised, failures = sweep(os.path.abspath(options.zoo), options.sample, options.seed, options.command,
                                options.action, options.jobs, options.minutes)
    print(summary(exercised, failures, time.monotonic() - started))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
