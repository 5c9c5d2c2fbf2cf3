#!/usr/bin/env python3
"""Installs the packages that a lock file names, with few of the large ones on the disk twice.

    install_python.py LOCK

pip downloads all that it is told to install before it unpacks any of it; PyTorch's libraries for GPUs alone, which it
loads on a CPU too, take three gigabytes so. They come one by one, the others together.
"""
import subprocess
import sys
from pathlib import Path

LARGE = ("nvidia-", "torch==")


def install(packages: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-cache-dir"]
    subprocess.run(command + packages, check=True)


def main() -> None:
    lines = [line.strip() for line in Path(sys.argv[1]).read_text().splitlines()]
    packages = [line for line in lines if line and not line.startswith("#")]
    install([package for package in packages if not package.startswith(LARGE)])
    for package in packages:
        if package.startswith(LARGE):
            install([package])


if __name__ == "__main__":
    main()
