#!/bin/bash
# Runs what takes too long for `make test`, and writes what came of it to Benchmarks/soak.md.
#
#     Scripts/soak.sh [PART...]          every part unless some are named
#
# fuzz          every parser under libFuzzer, RUNS executions each (default 10,000,000)
# fuzz-address  the same with AddressSanitizer, a fiftieth of the executions
# kills         the program killed, starved of disk and cut off power at every system call that changes a registry
# concurrency   many processes in one registry for ZOO_CONCURRENCY_SECONDS (default 600)
# sweeps        every test with ZOO_SOAK=1, which makes the exhaustive ones take all their cases: every flipped bit,
#               a failure at every step of a commit
# address       the tests of the engine, models and training under AddressSanitizer
# thread        the same under ThreadSanitizer
#
# Each part has a scratch folder of its own; the first run builds everything there.
set -uo pipefail
cd "$(dirname "$0")/.."
runs=${RUNS:-10000000}
work=$PWD/.build-soak
report=Benchmarks/soak.md
mkdir -p "$work"
status=0

# Puts a part's lines where the report is made from.
record() {
    local part=$1 seconds=$2
    { printf '## %s\n\n%s, revision %s, %s s.\n\n' "$part" "$(date -u +%F)" "$(git rev-parse --short HEAD)" "$seconds"
      cat; echo; } >"$work/$part.md"
}

# A part that is not run again keeps its lines of the last report.
for part in fuzz fuzz-address kills concurrency sweeps address thread; do
    awk -v heading="## $part" '/^## / { inside = $0 == heading } inside' "$report" >"$work/$part.md"
done

fuzz() {
    local part=$1 begin=$SECONDS table
    shift
    table=$(env "$@" Scripts/fuzz.sh) || status=1
    printf '%s\n' "$table" | awk 'NR == 1 { print "| parser | executions | edges | accepted | result |"; print "|---|---|---|---|---|" }
        NR > 1 { r = $6; for (i = 7; i <= NF; i++) r = r " " $i; print "| " $1 " | " $2 " | " $3 " | " $4 " | " r " |" }' |
        record "$part" $((SECONDS - begin))
}

kills() {
    local begin=$SECONDS text
    text=$(python3 Scripts/kill_sweep.py .build/release/zoo) || status=1
    printf '%s\n' "$text" | record kills $((SECONDS - begin))
}

concurrency() {
    local begin=$SECONDS text
    text=$(python3 Scripts/concurrency.py .build/release/zoo --seconds "${ZOO_CONCURRENCY_SECONDS:-600}") || status=1
    printf '%s\n' "$text" | record concurrency $((SECONDS - begin))
}

# The tests that a pattern names, built and run with the flags given; the log stays in the scratch folder.
tests() {
    local part=$1 filter=$2 skipped=$3 begin=$SECONDS log=$work/$1.log line
    shift 3
    swift build -c release --build-tests -Xswiftc -enable-testing "$@" >"$log" 2>&1 &&
        swift test -c release -Xswiftc -enable-testing --disable-xctest --skip-build --filter "$filter" \
            --skip "$skipped" "$@" >>"$log" 2>&1
    local code=$?
    line=$(grep -oE 'Test run with .*' "$log" | tail -1)
    if [ $code != 0 ]; then status=1; fi
    if [[ " $* " == *" --sanitize "* ]]; then
        local reports
        reports=$(grep -cE '(ERROR|WARNING): [A-Z][a-z]+Sanitizer' "$log")
        if [ "$reports" != 0 ]; then status=1; fi
        line="${line:-no tests ran} Tests: \`$filter\` without $skipped. Reports of the sanitizer: $reports"
    fi
    echo "${line:-no tests ran}; exit $code" | record "$part" $((SECONDS - begin))
}

# One test damages a file many thousand times, on one thread: it would take most of the time and show nothing more.
engine='^(ZooTensor|ZooModels|ZooTrain|ZooKit)Tests\.'
slow=aStateOfAnotherRunIsRefused

parts=("$@")
if [ ${#parts[@]} = 0 ]; then parts=(fuzz fuzz-address kills concurrency sweeps address thread); fi
for part in "${parts[@]}"; do
    case $part in
    fuzz) fuzz fuzz RUNS="$runs" ;;
    fuzz-address) fuzz fuzz-address RUNS=$((runs / 50)) ADDRESS=1 ;;
    kills) kills ;;
    concurrency) concurrency ;;
    sweeps) ZOO_SOAK=1 tests sweeps . '^$' ;;
    address)
        tests address "$engine" $slow --sanitize address -Xswiftc -DADDRESS_SANITIZER \
            --scratch-path .build-address
        ;;
    thread)
        # ThreadSanitizer is told of no access wider than 16 bytes, which is what the compiler makes of loops.
        tests thread "$engine" $slow --sanitize thread -Xswiftc -DTHREAD_SANITIZER \
            -Xcc -fno-vectorize -Xcc -fno-slp-vectorize --scratch-path .build-thread
        ;;
    *)
        sed -n '2,/^set/p' "$0" | sed '$d' >&2
        exit 2
        ;;
    esac
done

{
    echo '# The long run'
    echo
    echo '`make soak` writes this file: fuzzing, exhaustive sweeps and sanitizers, each with the date of its last run.'
    echo
    printf 'Machine of the last run: %s cores, %s, %s.\n\n' "$(nproc)" "$(lscpu | sed -n 's/^Model name: *//p' | head -1)" \
        "$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9.]+' | head -1)"
    for part in fuzz fuzz-address kills concurrency sweeps address thread; do
        cat "$work/$part.md"
    done
} | cat -s >"$work/report.md"
cp "$work/report.md" "$report"
exit $status
