#!/usr/bin/env bash
# Installs a built zoo with completions and manual page. Usage: install.sh BINARY PREFIX
set -euo pipefail
binary=$1
prefix=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$binary" "$work/zoo"
strip "$work/zoo"
for shell in bash zsh fish; do "$work/zoo" --generate-completion-script "$shell" >"$work/$shell"; done
if [[ -f $here/../Documentation/zoo.1 ]]; then
    cp "$here/../Documentation/zoo.1" "$work/zoo.1"
else
    python3 "$here/manual_page.py" "$work/zoo" >"$work/zoo.1"
fi

install -D -m 755 "$work/zoo" "$prefix/bin/zoo"
install -D -m 644 "$work/bash" "$prefix/share/bash-completion/completions/zoo"
install -D -m 644 "$work/zsh" "$prefix/share/zsh/site-functions/_zoo"
install -D -m 644 "$work/fish" "$prefix/share/fish/vendor_completions.d/zoo.fish"
install -D -m 644 "$work/zoo.1" "$prefix/share/man/man1/zoo.1"
echo "installed $prefix/bin/zoo ($(du -h "$work/zoo" | cut -f1)), completions for bash, zsh and fish, zoo(1)"
