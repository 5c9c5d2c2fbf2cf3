"""Many processes work on one registry at once; afterwards it verifies and nothing that was acknowledged is lost."""

import collections
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, Zoo, path_from_environment

sys.path.insert(0, str(ROOT / "Scripts"))
from sweep_inputs import write_model  # noqa: E402

SECONDS = 8
WORKERS = 6


@pytest.fixture
def registry(tmp_path):
    zoo = Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")
    for seed in range(8):
        write_model(tmp_path / f"m{seed}", seed)
    return zoo, tmp_path


def test_many_processes_at_once(registry):
    zoo, folder = registry
    zoo("import", folder / "m0", "--as", "shared", "--quiet")
    end = time.monotonic() + SECONDS

    def work(worker):
        numbers = random.Random(worker)
        codes, mine, notes = collections.Counter(), [], 0
        slowest = 0.0
        turn = 0
        while time.monotonic() < end:
            turn += 1
            seed = numbers.randrange(8)
            action = numbers.choice(["import", "import", "own", "tag", "note", "rm", "gc", "ls"])
            begin = time.monotonic()
            if action == "import":
                process = zoo.run("import", folder / f"m{seed}", "--as", "shared", "--quiet")
            elif action == "own":
                # A model that only this worker makes: it must be there at the end, under the number that was given.
                path = folder / f"own-{worker}-{turn}"
                write_model(path, worker * 1000 + turn)
                process = zoo.run("import", path, "--as", f"own-{worker}", "--json", "--quiet")
                if process.returncode == 0:
                    mine.append(json.loads(process.stdout)["version"])
            elif action == "tag":
                process = zoo.run("tag", "shared", numbers.choice(["best", "next"]), "--quiet")
            elif action == "note":
                process = zoo.run("note", "shared@1", f"{worker} {turn}", "--quiet")
                notes += process.returncode == 0
            elif action == "rm":
                process = zoo.run("rm", f"shared@{numbers.randrange(2, 9)}", "--quiet")
            else:
                process = zoo.run(action, "--quiet")
            slowest = max(slowest, time.monotonic() - begin)
            codes[action, process.returncode] += 1
            # A version that somebody removed or tagged meanwhile is an answer, nothing else is.
            allowed = {"rm": (0, 2, 3), "tag": (0, 3)}.get(action, (0,))
            assert process.returncode in allowed, f"zoo {action}: {process.returncode} {process.stderr.decode()}"
        return codes, mine, notes, slowest

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(work, range(WORKERS)))
    assert zoo.run("verify").returncode == 0, zoo.run("verify").stdout.decode()
    versions = {f"{v['name']}@{v['version']}" for v in zoo.json("ls")}
    for _, mine, _, _ in results:
        assert len(set(mine)) == len(mine) and set(mine) <= versions
    assert len(zoo.json("note", "shared@1")["notes"]) == sum(notes for _, _, notes, _ in results)
    # Aliases in the log are one chain: each move starts where the one before ended, nothing was overwritten unseen.
    position = {}
    for entry in zoo.json("log", "shared"):
        details = entry.get("details", {})
        if details.get("event") == "alias":
            assert details.get("from") == position.get(details["alias"]), "an update was lost"
            position[details["alias"]] = details.get("number")
    assert max(slowest for *_, slowest in results) < 30, "somebody waited for a lock that nobody gave back"
    done = sum((codes for codes, *_ in results), collections.Counter())
    assert all(done[action, 0] for action in ["import", "own", "tag", "note", "gc", "ls"]), done


def test_a_dead_process_holds_no_lock(registry):
    zoo, folder = registry
    zoo("import", folder / "m0", "--as", "base", "--quiet")
    environment = os.environ | {"ZOO_HOME": str(zoo.home)}
    for _ in range(5):
        process = subprocess.Popen(
            [zoo.binary, "import", folder / "m1", "--as", "base", "--quiet"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.03)
        process.send_signal(signal.SIGKILL)
        process.wait()
        begin = time.monotonic()
        zoo("gc", "--quiet")
        assert time.monotonic() - begin < 5
    assert zoo.run("verify").returncode == 0
