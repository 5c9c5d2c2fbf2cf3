"""Mirrors that say what cannot be, go on for ever, or cannot be asked: one line, the right code, and the next mirror."""

import json

import pytest

from model_server import ModelServer
from test_mirrors import digests, expected, failure, files, folder, own  # noqa: F401


def test_a_token_file_that_is_gone(own, files, folder, tmp_path):
    token = tmp_path / "token"
    token.write_text("from-a-file")
    token.chmod(0o600)
    with ModelServer(hub={"lab/base": files}, token="from-a-file") as server:
        own("mirror", "add", "team", server.url, "--kind", "hub", "--token-file", token)
        token.unlink()
        code, text = failure(own, "pull", "lab/base")
        assert code == 4 and text.startswith('zoo: mirror "team"') and "token file" in text, text
        own("mirror", "add", "local", folder)
        process = own.run("pull", "lab/base", "--as", "base")
        assert process.returncode == 0 and b'mirror "team"' in process.stderr
        assert digests(own, "base@1") == expected(files)


@pytest.mark.parametrize("pages, words", [("same", "shown before"), ("new", "more than 1000 pages")])
def test_pages_without_end(own, files, pages, words):
    with ModelServer(hub={"lab/base": files}) as server:
        own("mirror", "add", "m", server.url, "--kind", "hub")
        server.pages = pages
        code, text = failure(own, "pull", "lab/base")
        assert code == 4 and words in text, text
        assert len(server.requests) < 1100


def test_words_of_a_server_are_harmless(own, files):
    with ModelServer(hub={"lab/base": files}, token="secret") as server:
        server.refusal = "\x1b[31mred\x7f" + "x" * 5000
        own("mirror", "add", "m", server.url, "--kind", "hub")
        code, text = failure(own, "pull", "lab/base")
        assert code == 6 and "\\u{1b}[31mred\\u{7f}" in text and len(text) < 1000, text
        assert "\x1b" not in text and "run the command again" not in text
        check = own.run("mirror", "check", "m")
        assert check.returncode == 1 and b"\x1b" not in check.stdout


def test_a_hub_that_cannot_be_searched(own, files, folder):
    with ModelServer(hub={"lab/base": files}) as server:
        server.searches = False
        own("mirror", "add", "m", server.url, "--kind", "hub")
        code, text = failure(own, "search", "base")
        assert code == 4 and "does not answer to a search" in text, text
        assert "does not answer to a search" in own("mirror", "check", "m")
        own("mirror", "add", "local", folder)
        process = own.run("search", "base")
        assert process.returncode == 0 and b"lab/base" in process.stdout and b"skipped m" in process.stderr
        own("pull", "lab/base", "--from", "m", "--as", "base")


@pytest.mark.parametrize("change, words", [
    ({"files": []}, "no files"),
    ({"sizes": [2**63 - 1, 1]}, "impossible size"),
    ({"sizes": [2**50]}, "impossible size"),
    ({"path": "a\x1b[31m"}, "not safe"),
    ({"name": "lab/base\x1b[31m"}, "not safe"),
])
def test_an_index_that_cannot_be(own, folder, change, words):
    own("mirror", "index", folder)
    index = json.loads((folder / "index.json").read_text())
    model = index["models"][0]
    model["files"] = change.get("files", model["files"])
    for file, size in zip(model["files"], change.get("sizes", [])):
        file["size"] = size
    for file in model["files"][:1]:
        file["path"] = change.get("path", file["path"])
    model["name"] = change.get("name", model["name"])
    (folder / "index.json").write_text(json.dumps(index))
    with ModelServer(root=folder) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        code, text = failure(own, "pull", model["name"])
        assert code == 4 and words in text and text.count("\n") == 1 and "\x1b" not in text, text
        process = own.run("search")
        assert process.returncode == 0 and words.encode() in process.stderr and b"lab/base" not in process.stdout
        assert words in own("mirror", "check", "m")
