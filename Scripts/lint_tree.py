#!/usr/bin/env python3
"""Checks what is in the repository: sizes, lengths, unfinished work and merges, paths of somebody's machine, recorded digests."""

import hashlib
import json
import re
import sys

from tree import ROOT, is_generated, tracked

MAXIMUM_BYTES = 2 * 1024 * 1024
WARN_LINES, MAXIMUM_LINES = 400, 600
# The names of the marks are put together here so that this file does not hold them.
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")
CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)")
MACHINE_PATH = re.compile(r"(?<![\w.~}$])/(?:home|Users|root|work|mnt|media)/[A-Za-z0-9._-]+")
CODE = {".swift", ".c", ".h", ".inc", ".py", ".sh", ".yaml", ".md", ".modulemap", ".proto", ""}
COUNTED = {".swift", ".c", ".h", ".inc", ".py", ".sh"}


def manifest():
    """Path (from the root) → recorded SHA-256."""
    path = ROOT / "Fixtures" / "MANIFEST.json"
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return {"Fixtures/" + entry["path"]: entry["sha256"] for entry in entries}


def main():
    errors, warnings = [], []
    recorded = manifest()
    files = tracked()
    for path in files:
        name, whole = path.as_posix(), ROOT / path
        data = whole.read_bytes()
        if len(data) > MAXIMUM_BYTES and name not in recorded:
            errors.append(f"{name}: {len(data)} bytes; over {MAXIMUM_BYTES} only what Fixtures/MANIFEST.json lists")
        if name in recorded and hashlib.sha256(data).hexdigest() != recorded[name]:
            errors.append(f"{name}: not the bytes that Fixtures/MANIFEST.json records")
        if path.suffix not in CODE or b"\0" in data[:8192] or name == "LICENSE":
            continue
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if UNFINISHED.search(line):
                errors.append(f"{name}:{number}: unfinished work")
            if CONFLICT.search(line):
                errors.append(f"{name}:{number}: a merge left unfinished")
            if match := MACHINE_PATH.search(line):
                errors.append(f"{name}:{number}: a path of one machine, {match.group()}")
        if path.suffix in COUNTED and not is_generated(path):
            count = len(lines) - 1
            if count > MAXIMUM_LINES:
                errors.append(f"{name}: {count} lines; the limit is {MAXIMUM_LINES}")
            elif count > WARN_LINES:
                warnings.append(f"{name}: {count} lines; try to stay under {WARN_LINES}")
    names = {path.as_posix() for path in files}
    errors += [f"{name}: in Fixtures/MANIFEST.json and not in the tree" for name in sorted(recorded) if name not in names]
    for warning in warnings:
        print("warning: " + warning)
    for error in errors:
        print("error: " + error)
    print(f"tree: {len(files)} files, {len(warnings)} warnings, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
