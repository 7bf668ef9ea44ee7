#!/usr/bin/env bash
# Builds the application and starts it with sample mail: in a window where there
# is a display, else for a browser at a loopback address. Runs until Ctrl-C, or
# for DEMO_SECONDS and then succeeds if the page answered.
#
# The demo keeps its data in build/.demo and never touches anybody's own mail.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh
trap 'stop_children' EXIT
trap 'exit 130' INT TERM

export XDG_DATA_HOME="$PWD/build/.demo/data" XDG_STATE_HOME="$PWD/build/.demo/state"
mkdir -p "$XDG_DATA_HOME" "$XDG_STATE_HOME"

if [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  say "building the application"
  make --no-print-directory app
  say "starting Waxwing with sample mail; close the window or press Ctrl-C to end"
  if [ -z "${DEMO_SECONDS:-}" ]; then exec build/bin/waxwing --demo; fi
  build/bin/waxwing --demo &
  children+=($!)
  sleep "$DEMO_SECONDS"
  kill -0 "${children[0]}" || fail "the application ended early"
  exit 0
fi

say "no display: building the application for a browser"
make --no-print-directory build/bin/waxwing-dev
port=$(free_port)
start_display
start_bus
mkdir -p build/.demo
readonly log=build/.demo/demo.log
say "starting Waxwing with sample mail"
devserver=127.0.0.1:$port assetdir=frontend/dist build/bin/waxwing-dev --demo >"$log" 2>&1 &
application=$!
children+=("$application")
answers() { kill -0 "$application" && [ "$(http_status "$port" /)" = 200 ]; }
if ! wait_until 60 answers 2>/dev/null; then
  tail -n 20 "$log" >&2
  fail "the application doesn't answer at http://127.0.0.1:$port/"
fi
say "Waxwing is at http://127.0.0.1:$port/ (on this computer only); Ctrl-C ends it"
if [ -n "${DEMO_SECONDS:-}" ]; then
  sleep "$DEMO_SECONDS"
  answers || fail "the application stopped answering"
  say "the page answers; ending after $DEMO_SECONDS seconds"
else
  wait "$application"
fi
