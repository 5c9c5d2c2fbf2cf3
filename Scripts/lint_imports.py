#!/usr/bin/env python3
"""Checks that each target imports only what the house allows: the arrows below, declared in Package.swift, direct.

SwiftPM's own check does not see an import of a dependency's dependency; this one does.
"""

import json
import re
import subprocess
import sys
import tempfile

from tree import ROOT, tracked

# An arrow means "imports" (Documentation/architecture.md). Everything may import ZooBase; tests may import anything
# that Package.swift gives them.
ARROWS = {
    "zoo": {"CHDF5Child", "ZooKit"},
    "ZooKit": {
        "Catalogue", "ZooCheckpoint", "ZooData", "ZooExport", "ZooModels", "ZooNN", "ZooStore", "ZooTensor", "ZooText",
        "ZooTrain",
    },
    "ZooExport": {"ZooCheckpoint", "ZooModels", "ZooNN", "ZooTensor", "ZooText"},
    "ZooTrain": {"ZooCheckpoint", "ZooData", "ZooModels", "ZooNN", "ZooTensor", "ZooText"},
    "ZooModels": {"ZooCheckpoint", "ZooNN", "ZooTensor"},
    "ZooNN": {"ZooCheckpoint", "ZooTensor"},
    "ZooTensor": {"CKernels", "CProducts"},
    "ZooCheckpoint": {"CBytes", "CZlib"},
    "ZooStore": {"CArchive", "CCurl", "CZlib"},
    "ZooText": set(),
    "ZooData": set(),
    "Catalogue": {"CCatalogue"},
    "ZooBase": set(),
}
# What comes with the toolchain and the system.
PLATFORM = {
    "Swift", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization",
    "Testing", "RegexBuilder", "_Concurrency",
}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)")


def manifest():
    # A scratch folder of its own: otherwise it would wait for a build that is going on.
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run(
            ["swift", "package", "--scratch-path", scratch, "dump-package"],
            cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["targets"]


def direct_dependencies(target):
    names = set()
    for dependency in target["dependencies"]:
        for kind in ("byName", "target", "product"):
            if kind in dependency:
                names.add(dependency[kind][0])
    return names


def imports(path):
    """(line, module) of each import of a Swift file; comments and strings of several lines are skipped."""
    depth, in_string = 0, False
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").split("\n"), 1):
        if line.count('"""') % 2 == 1:
            in_string = not in_string
            continue
        if in_string:
            continue
        started_inside = depth > 0
        depth = max(0, depth + line.count("/*") - line.count("*/"))
        match = IMPORT.match(line)
        if match and not started_inside:
            yield number, match.group(1)


def main():
    problems = []
    targets = {t["name"]: t for t in manifest()}
    sources = [p for p in tracked() if p.suffix == ".swift" and len(p.parts) > 2]
    for name, target in sorted(targets.items()):
        folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + name
        declared = direct_dependencies(target)
        ours = declared & targets.keys()
        if name in ARROWS:
            for wrong in sorted(ours - ARROWS[name] - {"ZooBase"}):
                problems.append(f"Package.swift: {name} depends on {wrong}, an arrow the house does not have")
        elif target["type"] in ("regular", "executable") and any(str(p).startswith(folder + "/") for p in sources):
            problems.append(f"Package.swift: {name} has no place in the house (Scripts/lint_imports.py, ARROWS)")
        used = set()
        for path in sources:
            if not str(path).startswith(folder + "/"):
                continue
            for line, module in imports(path):
                used.add(module)
                if module not in declared and module not in PLATFORM:
                    problems.append(
                        f"{path}:{line}: {name} imports {module}, which Package.swift does not give it directly")
        if target["type"] in ("regular", "executable") and used:
            for unused in sorted(ours - used):
                problems.append(f"Package.swift: {name} depends on {unused} and does not import it")
    for problem in problems:
        print(problem)
    print(f"imports: {len(targets)} targets, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
