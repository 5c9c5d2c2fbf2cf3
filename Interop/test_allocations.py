"""Training steps after the first ask the allocator for nothing: the benchmark's own count, on a real model."""

import json
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build the shim with")


@pytest.mark.parametrize("options", ["--precision f32", "--precision bf16", "--freeze 4", "--accumulate 2"])
def test_later_steps_allocate_nothing(zoo, wheel, options):
    command = [sys.executable, ROOT / "Benchmarks" / "allocations.py", "--zoo", zoo.binary, "--wheels", wheel.parent]
    counts = json.loads(subprocess.run([*command, "--", *options.split()], capture_output=True, check=True).stdout)
    assert counts["callsOfAStep"] < 0.5 and counts["largeOfAStep"] < 0.05 and counts["mapsOfAStep"] < 0.05, counts
