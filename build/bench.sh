#!/usr/bin/env bash
# Measures Waxwing against others and the window's start, with a session bus and
# a keyring of its own. BENCH is a regular expression of benchmarks; ROUNDS and
# SLOW_ROUNDS say how often each program runs, PEERS which (docs/BENCHMARKS.md).
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh
trap 'stop_children; rm -rf "${desktop_home:-}"' EXIT
trap 'exit 130' INT TERM

export ARTIFACTS
ARTIFACTS=$(realpath -m "${ARTIFACTS:-artifacts}")
mkdir -p "$ARTIFACTS"
go test -c -o build/bin/bench.test ./backend/bench
start_desktop
export WAXWING_BENCH_DESKTOP=1
cd backend/bench
../../build/bin/bench.test -test.run - -test.bench "${BENCH:-.}" -test.benchtime 1x -test.timeout 180m
