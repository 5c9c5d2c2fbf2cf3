"""`zoo pull` from servers: a hub's API, a static folder, nginx, and servers that do what they should not."""

import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

import numpy
import pytest

from conftest import Zoo, path_from_environment
from model_server import COMMIT, ModelServer, running_nginx


def tensors(count, size, seed=1):
    """A safetensors file of `count` tensors of `size` floats."""
    numbers = numpy.random.default_rng(seed)
    header, data, offset = {}, [], 0
    for index in range(count):
        data.append(numbers.standard_normal(size, dtype=numpy.float32).tobytes())
        end = offset + len(data[-1])
        header[f"layer.{index}.weight"] = {"dtype": "F32", "shape": [size], "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data)


@pytest.fixture(scope="module")
def files():
    """A model of 24 MB: enough for several ranges."""
    return {
        "config.json": b'{"model_type": "bert"}\n',
        "model.safetensors": tensors(6, 1 << 20),
        "README.md": b"---\nlicense: apache-2.0\n---\n# A model\n",
        "1_Pooling/config.json": b"{}\n",
    }


@pytest.fixture()
def folder(files, tmp_path):
    root = tmp_path / "served"
    for path, body in files.items():
        file = root / "lab" / "base" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return root


@pytest.fixture()
def own(tmp_path, monkeypatch):
    """A registry of its own, whose silences are short."""
    monkeypatch.setenv("ZOO_STALL_SECONDS", "2")
    return Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")


def failure(zoo, *arguments):
    process = zoo.run(*arguments)
    assert process.returncode != 0, process.stdout.decode()
    assert not list((zoo.home / "refs").glob("*/versions/*")), "something became visible"
    return process.returncode, process.stderr.decode()


def digests(zoo, version):
    return {file["path"]: file["sha256"].removeprefix("sha256:") for file in zoo.json("show", version)["files"]}


def expected(files):
    return {path: hashlib.sha256(body).hexdigest() for path, body in files.items()}


def test_hub_serves_the_real_client(files, tmp_path):
    """The server is what huggingface_hub expects, so what zoo does with it says something."""
    with ModelServer(hub={"lab/base": files}) as server:
        script = "import huggingface_hub, sys; print(huggingface_hub.snapshot_download('lab/base', local_dir=sys.argv[1]))"
        env = os.environ | {
            "HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1",
        }
        target = tmp_path / "snapshot"
        python = [__import__("sys").executable, "-c", script, str(target)]
        subprocess.run(python, env=env, check=True, capture_output=True)
        for path, body in files.items():
            assert (target / path).read_bytes() == body


def test_hub(own, files):
    with ModelServer(hub={"lab/base": files, "lab/other": files}, token="secret-token") as server:
        os.environ["ZOO_TOKEN_TEAM"] = "secret-token"
        try:
            assert own.json("mirror", "add", "team", server.url)["kind"] == "hub"
            assert [hit["name"] for hit in own.json("search", "BASE")] == ["lab/base"]
            result = own.json("pull", "lab/base@v1", "--as", "base")
            assert result["commit"] == COMMIT and result["isNew"]
            assert digests(own, "base@1") == expected(files)
            server.reset()
            again = own("pull", "lab/base@v1", "--as", "base")
            assert "up to date" in again
            assert not [r for r in server.requests if "resolve" in r[1]]
            # Under another name, and the other repository with the same files: nothing large is fetched.
            own("pull", "lab/other", "--as", "other")
            assert not [r for r in server.requests if r[1].endswith("model.safetensors")]
            code, text = own.run("pull", "lab/base@v9").returncode, own.run("pull", "lab/base@v9").stderr.decode()
            assert code == 3 and "v9" in text
            assert own.run("pull", "lab/none").returncode == 3
        finally:
            del os.environ["ZOO_TOKEN_TEAM"]
        assert "ZOO_TOKEN_TEAM" in own.run("pull", "lab/base", "--force").stderr.decode()
    kept = b"".join(p.read_bytes() for p in own.home.rglob("*") if p.is_file() and p.stat().st_size < 1 << 20)
    assert b"secret-token" not in kept


def test_token_file(own, files, tmp_path):
    token = tmp_path / "token"
    token.write_text("from-a-file\n")
    token.chmod(0o644)
    with ModelServer(hub={"lab/base": files}, token="from-a-file") as server:
        own("mirror", "add", "team", server.url, "--kind", "hub", "--token-file", token)
        code, text = failure(own, "pull", "lab/base")
        assert "chmod 600" in text
        token.chmod(0o600)
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)


def test_same_content_from_every_kind(own, files, folder, tmp_path):
    """Folder, static server and hub give the same version: where it came from is a record."""
    own("mirror", "index", folder)
    with ModelServer(root=folder) as static, ModelServer(hub={"lab/base": files}) as hub:
        found = {}
        for kind, address in [("folder", folder), ("static", static.url), ("hub", hub.url)]:
            home = Zoo(own.binary, tmp_path / kind)
            assert home.json("mirror", "add", "m", address)["kind"] == kind
            home("mirror", "check", "m")
            found[kind] = home.json("pull", "lab/base", "--as", "base")["digest"]
            assert digests(home, "base@1") == expected(files)
            home("verify")
            assert not list((home.home / "partial").iterdir())
        assert len(set(found.values())) == 1


def test_choices(own, folder):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url)
        plan = own.json("pull", "lab/base", "--dry-run")
        assert plan["missingBytes"] > 20 << 20 and not (own.home / "refs").exists() or not list((own.home / "refs").iterdir())
        assert own.run("pull", "lab/base", "--offline").returncode == 6
        own("pull", "lab/base", "--as", "whole")
        before = len(server.requests)
        here = own.json("pull", "lab/base", "--as", "whole", "--offline")
        assert here["version"] == "whole@1" and here["isUnchecked"] and not here["isUpToDate"]
        assert "no mirror was asked" in own("pull", "lab/base", "--as", "whole", "--offline")
        assert own.run("pull", "lab/base@12345678", "--as", "whole", "--offline").returncode == 6
        assert own.run("pull", "lab/other", "--as", "whole", "--offline").returncode == 6
        assert len(server.requests) == before
        own("pull", "lab/base", "--as", "part", "--only", "*.json", "--only", "*.safetensors")
        assert sorted(digests(own, "part@1")) == ["1_Pooling/config.json", "config.json", "model.safetensors"]
        code = own.run("pull", "lab/base", "--only", "*.gguf").returncode
        assert code == 3


def test_next_mirror(own, files, folder):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as liar, ModelServer(root=folder) as honest:
        own("mirror", "add", "z-first", liar.url)
        own("mirror", "add", "a-second", honest.url)
        liar.fault = lambda path, attempt: "wrong" if path.endswith("config.json") else None
        process = own.run("pull", "lab/base", "--as", "base")
        assert process.returncode == 0, process.stderr.decode()
        assert "z-first" in process.stderr.decode()
        assert digests(own, "base@1") == expected(files)


# What the server does to the weights, the exit code and words of the message.
FAULTS = [
    ("wrong", 5, "is not what the mirror says it is"),
    ("long", 4, "the mirror states"),
    ("html", 4, "web page"),
    ("compressed", 4, "compressed body"),
    ("endless", 4, "more bytes than there are"),
    ("truncate-always", 6, "ended early|closed|transfer"),
    ("loop", 4, "redirects more than"),
    ("404", 6, "404"),
    ("503", 6, "503"),
    ("stall", 6, "no byte came"),
]


@pytest.mark.parametrize("kind", ["static", "hub"])
@pytest.mark.parametrize("fault, code, words", FAULTS)
def test_hostile(own, files, folder, kind, fault, code, words):
    own("mirror", "index", folder)
    with ModelServer(root=folder) if kind == "static" else ModelServer(hub={"lab/base": files}) as server:
        own("mirror", "add", "m", server.url, "--kind", kind)
        name = "config.json" if fault == "truncate-always" else "model.safetensors"
        if fault == "stall":
            name = "base/config.json" if kind == "static" else f"{COMMIT}/config.json"
        action = "truncate" if fault == "truncate-always" else fault
        server.fault = lambda path, attempt: action if path.endswith(name) else None
        found, text = failure(own, "pull", "lab/base")
        assert found == code, text
        assert any(word in text for word in words.split("|")), text


def test_wrong_etag(own, files):
    with ModelServer(hub={"lab/base": files}) as server:
        own("mirror", "add", "m", server.url, "--kind", "hub")
        server.fault = lambda path, attempt: "wrong-tag" if path.endswith("safetensors") else None
        code, text = failure(own, "pull", "lab/base")
        assert code == 5 and "ETag" in text


@pytest.mark.parametrize("fault", ["503", "truncate", "stall"])
def test_retries(own, files, folder, fault):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        server.fault = lambda path, attempt: fault if attempt == 1 and path.endswith("safetensors") else None
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)


def test_whole_file_in_place_of_a_range(own, files, folder):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        server.fault = lambda path, attempt: "whole"
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        # Ranges asked for before the first answer told that there are none; not one for each part of the file.
        assert server.attempts["/lab/base/model.safetensors"] <= 4


def test_credentials_stay_with_their_host(own, files):
    with ModelServer(hub={"lab/base": files}, host="127.0.0.1", token="t0ken") as server:
        with ModelServer(hub={"lab/base": files}, host="127.0.0.2") as other:
            server.fault = lambda path, attempt: "redirect"
            server.elsewhere = other.url
            os.environ["ZOO_TOKEN_M"] = "t0ken"
            try:
                own("mirror", "add", "m", server.url, "--kind", "hub")
                own("pull", "lab/base", "--as", "base")
            finally:
                del os.environ["ZOO_TOKEN_M"]
            assert other.requests and not any("Authorization" in head for _, _, head in other.requests)
    assert digests(own, "base@1") == expected(files)


def test_a_bad_megabyte_costs_a_megabyte(own, files, folder):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        server.reset()
        server.fault = lambda path, attempt: "wrong-chunk" if attempt <= 4 and path.endswith("safetensors") else None
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        total = sum(len(body) for body in files.values())
        assert server.sent <= total + (2 << 20)


@pytest.mark.parametrize("damage", [False, True])
def test_resumed_after_a_kill(own, files, folder, damage):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        server.delay = 0.05
        child = subprocess.Popen(
            [own.binary, "pull", "lab/base", "--as", "base", "--quiet"], env=os.environ | {"ZOO_HOME": str(own.home)})
        limit = time.monotonic() + 60

        def kept():
            files = [p for p in (own.home / "partial").rglob("*") if p.name.isdigit()]
            return sum(p.stat().st_size for p in files)

        while kept() < 6 << 20:
            assert child.poll() is None and time.monotonic() < limit
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
        before = kept()
        if damage:
            piece = max((p for p in (own.home / "partial").rglob("*") if p.name.isdigit()), key=lambda p: p.stat().st_size)
            with piece.open("r+b") as file:
                file.seek(1000)
                file.write(b"damaged")
        server.reset()
        server.delay = 0
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        total = sum(len(body) for body in files.values())
        assert server.sent <= total - before + (4 << 20)
        own("verify")


def test_nginx(own, files, folder, tmp_path):
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    own("mirror", "index", folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = f"gzip on; gzip_types *; server {{ listen 127.0.0.1:{port}; root {folder}; }}"
    with running_nginx(nginx, tmp_path, port, server):
        url = f"http://127.0.0.1:{port}"
        assert own.json("mirror", "add", "m", url)["kind"] == "static"
        assert "ranges: yes" in own("mirror", "check", "m")
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        if shutil.which("curl"):
            piece = subprocess.run(
                ["curl", "-sf", "--range", "1000-1999", f"{url}/lab/base/model.safetensors"], capture_output=True, check=True)
            assert piece.stdout == files["model.safetensors"][1000:2000]
