"""`zoo search` in static mirrors: what a server says has not changed is not fetched again, and what changed is seen."""

import email.utils
import hashlib
import http.server
import json
import threading
import time

import pytest

from conftest import Zoo, path_from_environment


@pytest.fixture()
def own(tmp_path):
    return Zoo(str(path_from_environment("ZOO", "the path of the zoo binary")), tmp_path / "home")


class Server:
    """Gives out an index.json as its kind of server does, and counts what it sends."""

    def __init__(self, kind):
        self.kind, self.body, self.modified, self.answers = kind, b"", time.time() - 3600, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, names):
        digest = hashlib.sha256(b"x").hexdigest()
        self.body = json.dumps({"format": "zoo mirror 1", "models": [
            {"name": name, "folder": name, "licences": [{"name": "MIT", "source": "card"}],
             "files": [{"path": "m", "size": 7, "sha256": digest}]} for name in names]}).encode()

    def answer(self, handler):
        # As nginx makes them: of time and size.
        tag = f'"{int(self.modified):x}-{len(self.body):x}"'
        head = {}
        if self.kind != "plain":
            head["ETag"] = "W/" + tag if self.kind == "weak" else tag
            head["Last-Modified"] = email.utils.formatdate(self.modified, usegmt=True)
        is_known = "ETag" in head and handler.headers.get("If-None-Match") == head["ETag"]
        body = b"" if is_known else self.body
        handler.send_response(304 if is_known else 200)
        for name, value in head.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        self.answers.append(304 if is_known else 200)


@pytest.fixture(params=["tagged", "weak", "plain"])
def server(request):
    server = Server(request.param)
    yield server
    server.server.shutdown()


def names(zoo, *arguments):
    return [hit["name"] for hit in zoo.json("search", *arguments)]


def test_what_changed_is_seen(own, server):
    server.serve(["lab/one", "lab/two"])
    own("mirror", "add", "m", server.url, "--kind", "static")
    first = own.json("search")
    assert [hit["name"] for hit in first] == ["lab/one", "lab/two"]
    for _ in range(2):
        assert own.json("search") == first and names(own, "TWO") == ["lab/two"]
    assert server.answers == [200] + [304 if server.kind == "tagged" else 200] * 4
    # Another length and another time; then only another time.
    server.serve(["lab/one", "lab/three"])
    server.modified += 60
    assert names(own) == ["lab/one", "lab/three"]
    server.serve(["lab/one", "lab/seven"])
    server.modified += 60
    assert names(own) == ["lab/one", "lab/seven"]
    # Another mirror of the same name is another mirror.
    other = Server("tagged")
    other.serve(["else"])
    other.modified = server.modified
    own("mirror", "remove", "m")
    own("mirror", "add", "m", other.url, "--kind", "static")
    assert names(own) == ["else"]


def test_a_tag_that_is_too_new_to_tell_is_not_believed(own):
    server = Server("tagged")
    server.serve(["lab/one"])
    server.modified = time.time()
    own("mirror", "add", "m", server.url, "--kind", "static")
    assert names(own) == ["lab/one"]
    # The same length within the same second: the tag is the same.
    server.serve(["lab/two"])
    assert names(own) == ["lab/two"]
    server.server.shutdown()


def test_a_registry_that_cannot_be_written_is_searched_all_the_same(own, tmp_path):
    server = Server("tagged")
    server.serve(["lab/one"])
    own("mirror", "add", "m", server.url, "--kind", "static")
    cache = own.home / "cache"
    if cache.exists():
        for path in cache.iterdir():
            path.unlink()
        cache.rmdir()
    cache.write_text("a file in the folder's place")
    assert names(own) == names(own) == ["lab/one"]
    assert server.answers == [200, 200]
    server.server.shutdown()
