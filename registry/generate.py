"""Writes catalogue.c, which embeds every data file of this folder in the program.

    python registry/generate.py          writes it
    python registry/generate.py --check  exit code 1 when it is not what would be written
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FOLDERS = ["keymaps", "models", "recipes", "samples", "tasks"]
SUFFIXES = {".csv", ".json", ".yaml"}


def source():
    paths = sorted(
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES
    )
    lines = [
        "// Written by generate.py: run it after adding, renaming or removing a file.",
        '#pragma clang diagnostic ignored "-Wc23-extensions"',
        '#include "ccatalogue.h"',
        "",
    ]
    for index, path in enumerate(paths):
        lines += [f"static const unsigned char file_{index}[] = {{", f'#embed "{path}"', "};"]
    lines += ["", "static const catalogue_file files[] = {"]
    lines += [f'    {{"{path}", file_{index}, sizeof file_{index}}},' for index, path in enumerate(paths)]
    lines += [
        "};",
        "",
        "const catalogue_file *catalogue_files(size_t *count) {",
        "    *count = sizeof files / sizeof *files;",
        "    return files;",
        "}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = ROOT / "catalogue.c"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if target.exists() and target.read_text() == source() else "catalogue.c is stale: run generate.py")
    target.write_text(source())
