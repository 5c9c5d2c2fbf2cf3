#!/usr/bin/env python3
"""Writes the manual page of a built zoo from its own help. Usage: manual_page.py ZOO > zoo.1"""

import re
import subprocess
import sys


def help_of(binary, *verb):
    run = subprocess.run([binary, "help", *verb], capture_output=True, text=True, check=True)
    return run.stdout.rstrip("\n")


def subcommands(text):
    """The first words of the lines below SUBCOMMANDS."""
    section = re.search(r"^SUBCOMMANDS:\n((?:[ \t].*\n?|\n)*)", text + "\n", re.M)
    return re.findall(r"^  ([a-z][a-z-]*)\b", section.group(1), re.M) if section else []


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
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    out = sys.stdout
    out.write(f'.TH ZOO 1 "" "{version}"\n')
    out.write(".SH NAME\nzoo \\- keeps, fine\\-tunes, evaluates, compares and exports pretrained checkpoints\n")
    out.write(".SH SYNOPSIS\n.B zoo\n.I verb\n[options]\n.SH DESCRIPTION\n" + verbatim(overview))
    for verb in subcommands(overview):
        if verb != "help":
            out.write(f".SH {verb.upper()}\n" + verbatim(help_of(binary, verb)))


if __name__ == "__main__":
    main()
