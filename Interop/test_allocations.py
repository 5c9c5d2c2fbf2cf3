"""Training steps after the first ones ask the allocator for nothing: the benchmark's own count, on a real model."""

import json
import subprocess
import sys

import pytest

from conftest import ROOT


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_later_steps_allocate_nothing(zoo, wheel, precision):
    command = [sys.executable, ROOT / "Benchmarks" / "allocations.py", "--zoo", zoo.binary, "--wheels", wheel.parent]
    counts = json.loads(subprocess.run([*command, "--precision", precision], capture_output=True, check=True).stdout)
    # The runs end in other results, whose texts differ by a few calls; one call a step would be 18.
    assert counts["callsOf18Steps"] < 18, counts
    assert counts["largeOf18Steps"] <= 0, counts
