"""A seeded sample of the sweep that Scripts/kill_sweep.py makes in full (`make soak`)."""

import shutil
import sys

import pytest
from conftest import ROOT, path_from_environment

sys.path.insert(0, str(ROOT / "Scripts"))
import kill_sweep  # noqa: E402
import power_loss  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build the shim with")

POINTS = 60


def test_a_registry_survives_kills_failures_and_power_loss():
    binary = path_from_environment("ZOO", "the path of the zoo binary")
    exercised, failures = kill_sweep.sweep(binary, sample=POINTS, seed=6)
    assert [f"{point}: {reason}" for point, reason in failures] == []
    # A call whose ordinal depends on which thread comes first may not be reached.
    assert len(exercised) >= POINTS * 0.9


def test_the_sweep_sees_what_a_loss_of_power_takes(tmp_path):
    """The imitation itself: what was not synced goes, what was stays."""
    before = tmp_path / "before"
    before.mkdir()
    (before / "kept").write_bytes(b"old")
    walked = power_loss.Home(before, {})
    (before / "kept").write_bytes(b"new, not synced")
    (before / "made").write_bytes(b"not synced")
    after = power_loss.Home(before, {})
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    for policy, expected in [("lost", {"kept": b"old"}), ("names", {"kept": b"old", "made": b""})]:
        target = tmp_path / policy
        power_loss.PowerLoss(walked, after, shadow, policy, "1").write(walked.root, target)
        assert {path.name: path.read_bytes() for path in target.iterdir()} == expected
