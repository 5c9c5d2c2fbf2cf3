"""Many processes work on one registry at once (Scripts/concurrency.py; `make soak` gives them longer)."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, Zoo, path_from_environment

sys.path.insert(0, str(ROOT / "Scripts"))
import concurrency  # noqa: E402
from sweep_inputs import write_model  # noqa: E402

SECONDS = float(os.environ.get("ZOO_CONCURRENCY_SECONDS", "8"))


@pytest.fixture
def registry(tmp_path):
    zoo = Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")
    for seed in range(2):
        write_model(tmp_path / f"m{seed}", seed)
    return zoo, tmp_path


def test_many_processes_at_once():
    binary = path_from_environment("ZOO", "the path of the zoo binary")
    done, _ = concurrency.crowd(binary, SECONDS)
    # Whatever was tried was done at least once; a version to remove may not have been there.
    actions = {action for action, _ in done} - {"rm"}
    assert actions >= {"pull the same", "pull another", "head", "finetune", "tag --force", "gc"}, done
    assert all(done[action, 0] for action in actions), done


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
