"""`zoo pull` over TLS with a certificate authority of one's own, through proxies, and what becomes of the token."""

import shutil
import socket
import ssl
import subprocess

import pytest

from conftest import ROOT
from model_server import ModelServer, Proxy, running_nginx
from test_mirrors import digests, expected, failure, files, folder, own  # noqa: F401

TOKEN = "s3cret-t0ken-of-the-team"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority, another one, and a certificate of the first for 127.0.0.1 and nothing else."""
    root = tmp_path_factory.mktemp("authority")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=root, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=models", "-keyout", "server.key", "-out", "server.csr")
    (root / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "server.pem")
    return root


@pytest.fixture()
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    return context


def test_an_authority_of_ones_own(own, files, folder, authority, tls, monkeypatch):
    own("mirror", "index", folder)
    with ModelServer(root=folder, tls=tls) as server:
        own("mirror", "add", "m", server.url, "--kind", "static")
        code, text = failure(own, "pull", "lab/base")
        assert code == 6 and "certificate" in text.lower(), text
        assert not server.requests
        # Another authority's word counts for nothing.
        own("mirror", "add", "wrong", server.url, "--kind", "static", "--ca", authority / "other.pem")
        assert failure(own, "pull", "lab/base", "--from", "wrong")[0] == 6
        assert not server.requests
        own("mirror", "add", "right", server.url, "--kind", "static", "--ca", authority / "ca.pem")
        own("pull", "lab/base", "--from", "right", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
        own("pull", "lab/base", "--from", "m", "--as", "again", "--force")


def test_a_certificate_for_another_host(own, folder, authority, tls):
    own("mirror", "index", folder)
    with ModelServer(root=folder, host="127.0.0.2", tls=tls) as server:
        own("mirror", "add", "m", server.url, "--kind", "static", "--ca", authority / "ca.pem")
        assert failure(own, "pull", "lab/base")[0] == 6
        assert not server.requests


def test_an_authority_that_is_not_there(own, folder, tls, tmp_path):
    with ModelServer(root=folder, tls=tls) as server:
        process = own.run("mirror", "add", "m", server.url, "--ca", tmp_path / "none.pem")
        assert process.returncode != 0
        assert "none.pem" in process.stderr.decode()
        assert "nothing was added" in process.stderr.decode() and "mirror check" not in process.stderr.decode()


def test_a_token_is_seen_by_the_mirror_only(own, files, authority, tls, tmp_path, monkeypatch):
    """Not by the proxy, not in what is printed, not in what is kept, whatever goes wrong."""
    monkeypatch.setenv("ZOO_TOKEN_M", TOKEN)
    with ModelServer(hub={"lab/base": files}, token=TOKEN, tls=tls) as server, Proxy() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        printed = []

        def run(*arguments):
            process = own.run(*arguments)
            printed.append(process.stdout + process.stderr)
            return process

        assert run("mirror", "add", "m", server.url, "--ca", authority / "ca.pem").returncode == 0
        server.fault = lambda path, attempt: "wrong"
        assert run("pull", "lab/base").returncode == 5
        server.fault = lambda path, attempt: "503" if attempt < 2 else None
        assert run("pull", "lab/base", "--as", "base", "--json").returncode == 0
        assert run("mirror", "check", "m").returncode == 0
        assert digests(own, "base@1") == expected(files)
        server.token = "another"
        refused = run("pull", "lab/base", "--force")
        assert refused.returncode != 0 and b"ZOO_TOKEN_M" in refused.stderr
        assert {command for command, _, _ in proxy.requests} == {"CONNECT"}
        assert not any("Authorization" in head for _, _, head in proxy.requests)
        assert all(TOKEN.encode() not in text for text in printed)
        kept = [p for p in own.home.rglob("*") if p.is_file() and TOKEN.encode() in p.read_bytes()]
        assert kept == []
        # A host that is excepted is asked itself.
        server.token = TOKEN
        proxy.requests.clear()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert run("pull", "lab/base", "--as", "base", "--force").returncode == 0
        assert proxy.requests == []


def test_a_proxy_for_plain_http(own, files, folder, monkeypatch):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server, Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        own("mirror", "add", "m", server.url, "--kind", "static")
        own("pull", "lab/base", "--as", "base")
        assert digests(own, "base@1") == expected(files)
        assert len(proxy.requests) >= len(server.requests) > 0


def test_a_proxy_that_is_not_there(own, folder, monkeypatch):
    own("mirror", "index", folder)
    with ModelServer(root=folder) as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        own("mirror", "add", "m", server.url, "--kind", "static")
        code, _ = failure(own, "pull", "lab/base")
        assert code == 6
        assert not server.requests


def test_nginx_as_the_guide_says(own, files, folder, authority, tmp_path, monkeypatch):
    """The blocks of the guide "Run a team mirror", with our paths, names and tokens in them."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    own("mirror", "index", folder)
    guide = (ROOT / "Documentation" / "guides" / "team-mirror.md").read_text()
    blocks = [block.strip() for block in guide.split("```")[1::2] if "listen 443 ssl" in block]
    assert len(blocks) == 2
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for number, block in enumerate(blocks):
        place = tmp_path / str(number)
        place.mkdir()
        for old, new in {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "/srv/models": str(folder), "Bearer 3f1c…": f"Bearer {TOKEN}",
            "/etc/ssl/models.example.org.pem": f"{authority}/server.pem",
            "/etc/ssl/private/models.example.org.key": f"{authority}/server.key",
        }.items():
            block = block.replace(old, new)
        with running_nginx(nginx, place, port, f"map_hash_bucket_size 128;\n{block}"):
            name = f"team{number}"
            own("mirror", "add", name, f"https://127.0.0.1:{port}", "--kind", "static", "--ca", authority / "ca.pem")
            if number == 1:
                code, text = failure(own, "pull", "lab/base", "--from", name)
                assert code == 6 and "access is denied" in text, text
                monkeypatch.setenv("ZOO_TOKEN_TEAM1", TOKEN)
            own("search")
            own("pull", "lab/base", "--from", name, "--as", name)
            assert digests(own, f"{name}@1") == expected(files)
            own("rm", name)
            own("gc", "-q")
