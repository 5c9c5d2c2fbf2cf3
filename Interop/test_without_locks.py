"""A file system that cannot lock files: what writes refuses in one line, what reads works."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, Zoo, path_from_environment

sys.path.insert(0, str(ROOT / "Scripts"))
from kill_sweep import build_shim  # noqa: E402
from sweep_inputs import write_model  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build the shim with")

WRITING = [
    ["tag", "base@1", "best"], ["gc"], ["rm", "base@1"], ["import", "model", "--as", "other"],
    ["note", "base@1", "words"], ["mirror", "add", "team", "model"],
]
READING = [["ls"], ["verify"], ["show", "base"]]


@pytest.fixture(scope="module")
def without_locks(tmp_path_factory):
    """Runs a command in a registry whose every lock fails; its process and what the registry holds afterwards."""
    folder = tmp_path_factory.mktemp("locks").resolve()
    zoo = Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), folder / "home")
    library = build_shim(folder / "shim")
    write_model(folder / "model", 1)
    zoo("import", folder / "model", "--as", "base", "--quiet")
    faults = {
        "LD_PRELOAD": str(library), "FAULT_HOME": str(zoo.home), "FAULT_CALL": "flock", "FAULT_AT": "1",
        "FAULT_ACT": "ENOLCK", "FAULT_STICKY": "1"}

    def run(arguments):
        environment = os.environ | faults | {"ZOO_HOME": str(zoo.home)}
        process = subprocess.run([zoo.binary, *arguments], env=environment, capture_output=True, cwd=folder, text=True)
        held = [(v["name"], v["version"], v["aliases"]) for v in zoo.json("ls")]
        return process, held, zoo.json("note", "base@1")["notes"], zoo.json("mirror", "list")

    return run


@pytest.mark.parametrize("command", WRITING, ids=lambda command: " ".join(command[:2]))
def test_what_writes_refuses(without_locks, command):
    process, held, notes, mirrors = without_locks(command)
    assert process.returncode == 6, process.stderr
    assert process.stdout == ""
    assert process.stderr.startswith("zoo: the file system of ") and process.stderr.count("\n") == 1
    assert "cannot lock files, so two commands could destroy each other's work" in process.stderr
    assert (held, notes, mirrors) == ([("base", 1, [])], [], [])


@pytest.mark.parametrize("command", READING, ids=lambda command: " ".join(command))
def test_what_reads_works(without_locks, command):
    process, _, _, _ = without_locks(command)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert process.stdout
