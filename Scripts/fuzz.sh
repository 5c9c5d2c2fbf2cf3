#!/bin/bash
# Runs our own parsers under libFuzzer, from the fixtures as seeds.
#
#     Scripts/fuzz.sh [PARSER...]        every parser unless some are named
#
# RUNS: executions of each (default 1,000,000). ADDRESS=1: with AddressSanitizer, several times slower. KEEP: how many inputs to add to Fixtures/fuzz/PARSER, where `make test`
# reruns them (default 0): evenly by size out of those that together reach every edge found. RUNS=0 only keeps.
# Prints a line for each parser: executions, edges covered, inputs accepted. Fails when one crashes, hangs, takes 100 MB
# at once, or accepts nothing; the input that did it is left in .build-fuzz/found/PARSER.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
runs=${RUNS:-1000000}
keep=${KEEP:-0}
work=$root/.build-fuzz
package=$work/package

mkdir -p "$package/Sources"
ln -sfn "$root/Fuzz/Package.swift" "$package/Package.swift"
for folder in "$root"/Fuzz/Sources/*; do ln -sfn "$folder" "$package/Sources/$(basename "$folder")"; done
for target in CBytes CZlib ZooBase ZooCheckpoint ZooText ZooData; do
    if [ -d "$root/Sources/$target" ]; then ln -sfn "$root/Sources/$target" "$package/Sources/$target"; fi
done
build=$work/build
sanitizers=(--sanitize fuzzer)
if [ "${ADDRESS:-0}" = 1 ]; then
    build=$work/build-address
    sanitizers+=(--sanitize address)
fi
# Of two --sanitize the compiler takes the last for the code it makes, so the counters of edges are asked for by name.
swift build -c release --package-path "$package" --scratch-path "$build" --product Fuzz "${sanitizers[@]}" \
    -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table >"$work/build.log" 2>&1 ||
    { tail -40 "$work/build.log" >&2; exit 1; }
fuzz=$build/release/Fuzz
# Swift's own backtraces would take the signal before libFuzzer can write down the input.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0

# The files below FOLDER... that are called PATTERN and small, under the names of their digests.
seeds() {
    local pattern=$1 into=$2
    shift 2
    { find "$@" -type f -name "$pattern" -size -32k -print0 2>/dev/null || true; } | while IFS= read -r -d '' file; do
        cp "$file" "$into/$(sha256sum "$file" | cut -c1-16)"
    done
}

# The pickles in the PyTorch files given.
pickles() {
    python3 - "$@" <<'END'
import hashlib, sys, zipfile
for path in filter(zipfile.is_zipfile, sys.argv[2:]):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("data.pkl"):
                with archive.open(name) as member:
                    # One of the fixtures has no checksums.
                    member._expected_crc = None
                    data = member.read()
                open(f"{sys.argv[1]}/{hashlib.sha256(data).hexdigest()[:16]}", "wb").write(data)
END
}

collect() {
    local parser=$1 into=$2
    case $parser in
    json) seeds '*.json' "$into" Fixtures/checkpoints Fixtures/malformed Fixtures/mirror Fixtures/tokenizers ;;
    index) seeds '*.index.json' "$into" Fixtures ;;
    tokenizer) seeds 'tokenizer.json' "$into" Fixtures ;;
    csv | tsv | jsonl) seeds "*" "$into" Fuzz/seeds/$parser ;;
    npy | npz) seeds "*.$parser" "$into" Fixtures/checkpoints/numpy Fixtures/malformed ;;
    torch) seeds '*' "$into" Fixtures/checkpoints/torch Fixtures/malformed/torch Fixtures/malformed/zip ;;
    pickle) pickles "$into" Fixtures/checkpoints/torch/* ;;
    *) seeds '*' "$into" "Fixtures/checkpoints/$parser" "Fixtures/malformed/$parser" ;;
    esac
    seeds '*' "$into" Fuzz/seeds/"$parser" Fixtures/fuzz/"$parser"
}

# Keeps `keep` inputs, the smallest and the largest among them, of a set that reaches all edges known.
keep_inputs() {
    local parser=$1 least=$work/least/$1
    rm -rf "$least"
    mkdir -p "$least" "Fixtures/fuzz/$parser"
    local names name count
    ZOO_FUZZ_PARSER=$parser "$fuzz" -merge=1 -max_len=1024 "$least" "$work/seeds/$parser" "$work/corpus/$parser" \
        >"$work/$parser.merge.log" 2>&1
    # Those made by hand are sound, so that some are accepted.
    cp "Fuzz/seeds/$parser"/* "Fixtures/fuzz/$parser" 2>/dev/null || true
    mapfile -t names < <(find "$least" -type f -printf '%s %f\n' | sort -n | cut -d' ' -f2)
    count=${#names[@]}
    for ((i = 0; i < keep && i < count; i++)); do
        name=${names[i * (count - 1) / (keep > 1 ? keep - 1 : 1)]}
        cp "$least/$name" "Fixtures/fuzz/$parser/${name:0:16}"
    done
}

parsers=("$@")
if [ ${#parsers[@]} = 0 ]; then
    read -ra parsers <<<"$(ZOO_FUZZ_PARSER=none "$fuzz" -runs=1 2>/dev/null | sed -n 's/^.*one of //p' | tr -d ',')"
fi
status=0
printf '%-12s %12s %8s %12s %10s  %s\n' parser executions edges accepted seconds result
for parser in "${parsers[@]}"; do
    rm -rf "$work/seeds/$parser"
    mkdir -p "$work/seeds/$parser" "$work/corpus/$parser" "$work/found/$parser"
    collect "$parser" "$work/seeds/$parser"
    log=$work/$parser.log
    begin=$SECONDS
    result=ok
    ZOO_FUZZ_PARSER=$parser nice -n 19 "$fuzz" -runs="$runs" -max_len=1024 -timeout=10 -rss_limit_mb=1024 \
        -malloc_limit_mb=100 -print_final_stats=1 -artifact_prefix="$work/found/$parser/" \
        "$work/corpus/$parser" "$work/seeds/$parser" >"$log" 2>&1 || result=crashed
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)
    accepted=$(sed -n 's/^accepted \([0-9]*\) of.*/\1/p' "$log")
    if [ "$result" = ok ] && [ "${accepted:-0}" = 0 ]; then result='accepts nothing'; fi
    if [ "$result" != ok ]; then status=1; fi
    printf '%-12s %12s %8s %12s %10s  %s\n' "$parser" "${executions:-?}" "${edges:-?}" "${accepted:-?}" \
        $((SECONDS - begin)) "$result"
    if [ "$result" = ok ] && [ "$keep" -gt 0 ]; then keep_inputs "$parser"; fi
done
exit $status
