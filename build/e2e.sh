#!/usr/bin/env bash
# Runs the end-to-end tests (frontend/e2e) on the development build with sample
# mail, in a private desktop. They find
#
#   WAXWING_URL        the running application, with sample mail only
#   WAXWING_DEV        the binary, to start more (devserver=HOST:PORT assetdir=DIR … --data DIR)
#   WAXWING_MAILSERVE  backend/mailtest/serve, to start real mail servers
#   CHROMIUM           the browser
#   ARTIFACTS          where to put screenshots
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh
data=$(mktemp -d)
trap 'stop_children; rm -rf "$data" "${desktop_home:-}"' EXIT
trap 'exit 130' INT TERM

ARTIFACTS=$(realpath -m "${ARTIFACTS:-artifacts}/e2e")
export ARTIFACTS
export WAXWING_DEV=$PWD/build/bin/waxwing-dev WAXWING_MAILSERVE=$PWD/build/bin/mailserve
mkdir -p "$ARTIFACTS"
CHROMIUM=$(build/setup.sh browser)
export CHROMIUM
go build -o "$WAXWING_MAILSERVE" ./backend/mailtest/serve

start_desktop
port=$(free_port)
say "starting the application for the end-to-end tests"
devserver=127.0.0.1:$port assetdir=$PWD/frontend/dist "$WAXWING_DEV" --demo --data "$data" >"$ARTIFACTS/application.log" 2>&1 &
application=$!
children+=("$application")
answers() { kill -0 "$application" && [ "$(http_status "$port" /)" = 200 ]; }
if ! wait_until 60 answers 2>/dev/null; then
  tail -n 20 "$ARTIFACTS/application.log" >&2
  fail "the application doesn't answer"
fi
export WAXWING_URL=http://127.0.0.1:$port/
cd frontend
npm run --silent e2e
