#!/usr/bin/env bash
# Installs the system libraries that are missing (Debian, Ubuntu), saying which and why. Does nothing when none is.
set -euo pipefail

# package, a file or pkg-config module that shows it is there, and what needs it
libraries=(
    "libarchive-dev|pkg:libarchive|reads the archives that models are pulled from"
    "libhdf5-dev|pkg:hdf5-serial|reads and writes HDF5 checkpoints"
    "zlib1g-dev|pkg:zlib|reads and writes zip archives: PyTorch, NumPy and Keras checkpoints"
    "libopenblas-dev|pkg:openblas|matrix products"
    "libdnnl-dev|header:dnnl.h oneapi/dnnl/dnnl.h|matrix products"
    "libsqlite3-dev|pkg:sqlite3|the registry's index"
    "pkg-config|command:pkg-config|finds the libraries"
)

has() {
    local kind=${1%%:*} names=${1#*:} name folder
    case $kind in
        pkg) command -v pkg-config >/dev/null && pkg-config --exists "$names" ;;
        command) command -v "$names" >/dev/null ;;
        header)
            for name in $names; do
                for folder in /usr/include /usr/local/include ${CPATH//:/ }; do
                    [[ -e $folder/$name ]] && return 0
                done
            done
            return 1
            ;;
    esac
}

CPATH=${CPATH:-}
missing=()
for entry in "${libraries[@]}"; do
    IFS='|' read -r package sign reason <<<"$entry"
    if ! has "$sign"; then
        echo "missing: $package ($reason)"
        missing+=("$package")
    fi
done
if ! command -v swift >/dev/null; then
    echo "missing: swift 6.2 or newer; install a toolchain from swift.org and put it in PATH" >&2
    exit 1
fi
[[ ${#missing[@]} -eq 0 ]] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "this system has no apt-get: install ${missing[*]} (or what they are called here) and run this again" >&2
    exit 1
fi
sudo=
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || { echo "not root and no sudo: install ${missing[*]} and run this again" >&2; exit 1; }
    sudo=sudo
fi
echo "installing: ${missing[*]}"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
