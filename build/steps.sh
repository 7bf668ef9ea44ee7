#!/usr/bin/env bash
# Runs make targets one after another and ends with a line for each: how it
# went and how long it took. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh

summary=()
finish() {
  printf '\n'
  printf '%s\n' "${summary[@]}"
}
trap finish EXIT

for target in "$@"; do
  say "make $target"
  began=$SECONDS
  if ! make --no-print-directory "$target"; then
    summary+=("FAILED  $target ($((SECONDS - began)) s)")
    exit 1
  fi
  summary+=("ok      $target ($((SECONDS - began)) s)")
done
