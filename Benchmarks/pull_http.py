"""`zoo pull` of a 1 GB model, from a folder and over HTTP on loopback, against `cp` or `curl` with
`openssl dgst -sha256` run in parallel; both sides end with `sync -f` of their output.

    python3 Benchmarks/pull_http.py --zoo .build/release/zoo [--gigabytes 1] [--only folder|http]
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import common

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; events {{ }} {user}
http {{ access_log off; sendfile on; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def write_model(folder, gigabytes, tensor_bytes=64_000_000):
    """One safetensors file of tensors of one size, the same bytes at each run."""
    import random

    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "bert"}\n')
    count, size = int(gigabytes * 1e9 / tensor_bytes), tensor_bytes
    header = {
        f"layer.{index}.weight": {
            "dtype": "F32", "shape": [size // 4], "data_offsets": [index * size, (index + 1) * size]}
        for index in range(count)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    numbers = random.Random(1)
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(count):
            file.write(numbers.randbytes(size))
    return folder / "model.safetensors"


def start_nginx(root, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, root=root, port=port, user=user))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    child = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    return child, f"http://127.0.0.1:{port}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["folder", "http"])
    options = parser.parse_args()
    zoo = os.path.abspath(options.zoo)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as name:
        folder = pathlib.Path(name)
        root, home, out = folder / "models", folder / "home", folder / "out"
        file = write_model(root / "big", options.gigabytes)
        env = common.environment(home)
        common.run([zoo, "mirror", "index", str(root)], env)
        # Time stamps this fresh would be left out of the record that makes a second pull instant.
        file.read_bytes()

        def ours(address):
            shutil.rmtree(home, ignore_errors=True)
            common.run([zoo, "mirror", "add", "m", address], env)
            start = time.monotonic()
            common.run([zoo, "pull", "big", "--quiet"], env)
            common.run(["sync", "-f", str(home)], env)
            return time.monotonic() - start

        def theirs(copy):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            script = f"{copy} & openssl dgst -sha256 '{file}' >/dev/null & wait; sync -f '{out}'"
            return common.run(["sh", "-c", script], env)[0]

        if options.only != "http":
            print("folder against cp --reflink=never and openssl")
            common.pairs(
                lambda: ours(str(root)), lambda: theirs(f"cp --reflink=never '{file}' '{out}'"), options.rounds)
        if options.only != "folder":
            server, url = start_nginx(root, folder)
            try:
                print("nginx on loopback against curl and openssl")
                common.pairs(
                    lambda: ours(url), lambda: theirs(f"curl -sf -o '{out}/f' {url}/big/model.safetensors"),
                    options.rounds)
            finally:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    main()
