#!/usr/bin/env bash
# Runs a build command and fails when it fails or when it prints an error: the check of imports between targets may
# report an error and go on to "Build complete".
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "$*"
status=0
"$@" 2>&1 | tee "$log" || status=$?
if grep -qE '(^|[[:space:]])error: ' "$log"; then
    echo "build failed:" >&2
    grep -E '(^|[[:space:]])error: ' "$log" | sort -u >&2
    exit 1
fi
exit "$status"
