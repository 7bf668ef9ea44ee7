#!/usr/bin/env bash
# Generates the TypeScript bindings and fails when they differ from what is
# there, which means that somebody changed a bound Go service without
# `make generate`. The new ones stay, to be looked at and committed.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh

readonly bindings=frontend/wailsjs
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
if [ -d $bindings ]; then cp -a $bindings/. "$before"; fi
make --no-print-directory generate
diff -r "$before" $bindings || fail "the bindings in $bindings were not up to date; they are now: commit them"
cp -a "$before/." $bindings # with their old times, or the frontend would be built again
