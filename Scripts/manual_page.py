#!/usr/bin/env python3
"""Writes the manual page of a built zoo from its own help. Usage: manual_page.py ZOO > zoo.1"""

import re
import subprocess
import sys


def help_of(binary, *verb):
    run = subprocess.run([binary, "help", *verb], capture_output=True, text=True, check=True)
    return run.stdout.rstrip("\n")


def subcommands(text):
    """The verbs listed in the help, in its order: lines two spaces deep below each SUBCOMMANDS heading."""
    verbs, listed = [], False
    for line in text.split("\n"):
        if line and not line.startswith(" "):
            listed = line.endswith("SUBCOMMANDS:")
        entry = re.match(r"  ([a-z][a-z0-9-]*)(?: |$)", line)
        if listed and entry:
            verbs.append(entry.group(1))
    return verbs


def verbatim(text):
    """Text that troff leaves as it is."""
    lines = []
    for line in text.split("\n"):
        line = line.replace("\\", "\\e").replace("-", "\\-")
        lines.append("\\&" + line if line.startswith((".", "'")) else line)
    return ".nf\n" + "\n".join(lines) + "\n.fi\n"


def main():
    binary = sys.argv[1]
    overview = help_of(binary)
    # The first words only: the rest of the line describes the machine that builds.
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split(",")[0]
    verbs = [verb for verb in subcommands(overview) if verb != "help"]
    if not verbs:
        sys.exit("manual_page.py: no verbs found in the program's help")
    out = sys.stdout
    out.write(f'.TH ZOO 1 "" "{version}"\n')
    out.write(".SH NAME\nzoo \\- keeps, fine\\-tunes, evaluates, compares and exports pretrained checkpoints\n")
    out.write(".SH SYNOPSIS\n.B zoo\n.I verb\n[options]\n.SH DESCRIPTION\n" + verbatim(overview))
    for verb in verbs:
        text = help_of(binary, verb)
        out.write(f".SH {verb.upper()}\n" + verbatim(text))
        for part in subcommands(text):
            if part != "help":
                out.write(f".SS {verb} {part}\n" + verbatim(help_of(binary, verb, part)))


if __name__ == "__main__":
    main()
