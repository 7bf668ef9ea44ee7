#!/usr/bin/env bash
# Prints the packages whose tests run on every system: those that don't start
# real mail servers.
set -euo pipefail
cd "$(dirname "$0")/.."
go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... |
  grep -v -e ' waxwing/backend/mailtest' -e '^waxwing/backend/mailtest' | cut -d ' ' -f 1
