"""A web server for the tests of mirrors, on loopback only: static files or a hub's API, well-behaved or hostile.

`fault(path, attempt)` names what it does wrong with a request for a file's bytes; None for nothing.
"""

import contextlib
import gzip
import hashlib
import json
import os
import select
import socket
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out as one write where they are small.
    wbufsize = 1 << 16

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer(head_only=True)

    def do_GET(self):
        self.answer(head_only=False)

    def answer(self, head_only):
        server = self.server
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        server.requests.append((self.command, self.path, dict(self.headers)))
        if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
            return self.reply(401, b"", {"X-Error-Message": server.refusal})
        if server.hub is not None:
            return self.hub(path, url.query, head_only)
        file = (server.root / path.lstrip("/")).resolve()
        if not file.is_file() or server.root.resolve() not in file.parents:
            return self.reply(404, b"no such file")
        self.send_file(path, file.read_bytes(), {}, head_only)

    def hub(self, path, query, head_only):
        models = self.server.hub
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            if len(parts) == 2 and not self.server.searches:
                return self.reply(404, b"")
            if len(parts) == 2:
                term = urllib.parse.parse_qs(query).get("search", [""])[0]
                return self.json([{"id": name} for name in sorted(models) if term.lower() in name.lower()])
            for name, files in models.items():
                rest = path.removeprefix(f"/api/models/{name}")
                if rest == path:
                    continue
                if rest == "" or rest.startswith("/revision/"):
                    if rest.removeprefix("/revision/") not in ("", "main", "v1", COMMIT):
                        return self.reply(404, b"", {"X-Error-Code": "RevisionNotFound"})
                    siblings = [{"rfilename": file} for file in sorted(files)]
                    return self.json({"id": name, "sha": COMMIT, "siblings": siblings, "private": False})
                if rest.startswith("/tree/"):
                    return self.tree(name, files, query)
            return self.reply(404, b"", {"X-Error-Code": "RepoNotFound"})
        for name, files in models.items():
            for revision in (COMMIT, "main"):
                prefix = f"/{name}/resolve/{revision}/"
                if path.startswith(prefix) and path[len(prefix):] in files:
                    body = files[path[len(prefix):]]
                    head = {"X-Repo-Commit": COMMIT, "ETag": f'"{entry("", body)[1]}"'}
                    return self.send_file(path, body, head, head_only)
        self.reply(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})

    def tree(self, name, files, query):
        # Two entries a page, so that clients have to turn pages.
        start = int(urllib.parse.parse_qs(query).get("cursor", ["0"])[0])
        entries = [entry(path, body)[0] for path, body in sorted(files.items())]
        head = {}
        if self.server.pages:
            cursor = f"&cursor={len(self.server.requests)}" if self.server.pages == "new" else ""
            next_page = f"{self.server.url}/api/models/{name}/tree/{COMMIT}?recursive=true{cursor}"
            return self.json([], {"Link": f'<{next_page}>; rel="next"'})
        if start + 2 < len(entries):
            next_page = f"{self.server.url}/api/models/{name}/tree/{COMMIT}?recursive=true&cursor={start + 2}"
            head["Link"] = f'<{next_page}>; rel="next"'
        self.json(entries[start:start + 2], head)

    def json(self, value, head=None):
        self.reply(200, json.dumps(value).encode(), {"Content-Type": "application/json", **(head or {})})

    def reply(self, status, body, head=None):
        self.send_response(status)
        for name, value in (head or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_file(self, path, body, head, head_only):
        server = self.server
        with server.lock:
            server.attempts[path] = attempt = server.attempts.get(path, 0) + 1
        fault = None if head_only else server.fault(path, attempt)
        if fault in ("503", "404"):
            return self.reply(int(fault), b"busy")
        if fault == "html":
            return self.reply(200, b"<html>please log in</html>", {"Content-Type": "text/html; charset=utf-8"})
        if fault == "redirect":
            self.send_response(302)
            for name, value in head.items():
                self.send_header("X-Linked-ETag" if name == "ETag" else name, value)
            self.send_header("Location", server.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if fault == "loop":
            return self.reply(302, b"", {"Location": self.path})
        if fault == "compressed":
            return self.reply(200, gzip.compress(body[:1 << 16]), {"Content-Encoding": "gzip", **head})
        if fault == "wrong":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if fault == "wrong-tag":
            head = {**head, "ETag": '"' + "0" * len(head["ETag"].strip('"')) + '"'}
        if fault == "wrong-chunk":
            middle = (3 << 20) + 5
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:]
        start, end = 0, len(body)
        requested = self.headers.get("Range")
        if requested and fault not in ("whole", "endless"):
            low, high = requested.removeprefix("bytes=").split("-")
            start, end = int(low), min(int(high) + 1 if high else len(body), len(body))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body) + (fault == 'long')}")
        else:
            self.send_response(200)
        for name, value in head.items():
            self.send_header(name, value)
        self.send_header("Accept-Ranges", "bytes")
        if fault == "endless":
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                return
        self.send_header("Content-Length", str(end - start + (fault == "long")))
        self.end_headers()
        if head_only:
            return
        if fault in ("truncate", "stall"):
            end = start + (end - start) // 2
            self.close_connection = True
        try:
            for offset in range(start, end, 1 << 18):
                piece = body[offset:min(offset + (1 << 18), end)]
                self.wfile.write(piece)
                with server.lock:
                    server.sent += len(piece)
                if server.delay:
                    time.sleep(server.delay)
            self.wfile.flush()
            if fault == "stall":
                server.released.wait(60)
        except OSError:
            self.close_connection = True


def entry(path, body):
    """A file of a hub's tree and its ETag; weights are stated by their SHA-256, the rest as git does."""
    oid = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
    if not path.endswith(".safetensors") and len(body) < 1 << 20:
        return {"type": "file", "path": path, "size": len(body), "oid": oid}, oid
    digest = hashlib.sha256(body).hexdigest()
    lfs = {"oid": digest, "size": len(body), "pointerSize": 130}
    return {"type": "file", "path": path, "size": len(body), "oid": oid, "lfs": lfs}, digest


class Proxy(ThreadingHTTPServer):
    """A proxy that passes everything on and remembers what it was asked for, and what of it it could read."""

    daemon_threads = True

    def __init__(self, host="127.0.0.1"):
        super().__init__((host, 0), ProxyHandler)
        self.url = f"http://{host}:{self.server_address[1]}"
        self.requests = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_CONNECT(self):
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        host, port = self.path.rsplit(":", 1)
        self.close_connection = True
        with socket.create_connection((host, int(port)), 10) as other:
            self.send_response(200)
            self.end_headers()
            self.pass_on(other)

    def do_GET(self):
        """A request with the whole address: sent on with the connection closed after it."""
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        url = urllib.parse.urlsplit(self.path)
        self.close_connection = True
        with socket.create_connection((url.hostname, url.port), 10) as other:
            lines = [f"{self.command} {url.path}{'?' + url.query if url.query else ''} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in self.headers.items() if not name.startswith("Proxy-")]
            other.sendall(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode())
            self.pass_on(other)

    do_HEAD = do_GET

    def pass_on(self, other):
        both = {self.connection: other, other: self.connection}
        while True:
            for ready in select.select(list(both), [], [], 30)[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                both[ready].sendall(data)


class ModelServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root=None, hub=None, host="127.0.0.1", token=None, tls=None):
        super().__init__((host, 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.root = Path(root) if root else None
        self.hub, self.token = hub, token
        self.url = f"{'https' if tls else 'http'}://{host}:{self.server_address[1]}"
        self.fault = lambda path, attempt: None
        self.elsewhere = None
        self.refusal = "a token is needed"
        # Whether a hub answers to a search, and how its lists of files go on for ever: "same" or "new" pages.
        self.searches, self.pages = True, None
        self.delay = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self):
        self.requests, self.attempts, self.sent = [], {}, 0

    def handle_error(self, request, address):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def running_nginx(program, place, port, blocks):
    """nginx with `blocks` in its http block and all its files in the folder `place`, from when it answers on `port`."""
    user = "user root;" if os.geteuid() == 0 else ""
    folders = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = place / "nginx.conf"
    configuration.write_text(
        f"{user} daemon off; pid {place}/pid; error_log {place}/errors; events {{}}\n"
        f"http {{ access_log off; {folders}\n{blocks}\n}}\n")
    child = subprocess.Popen([program, "-p", str(place), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.wait()
