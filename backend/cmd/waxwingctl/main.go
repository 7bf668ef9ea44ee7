// Command waxwingctl is Waxwing without a window: it connects accounts,
// synchronises, reads and changes mail on the same data, for administrators
// and scripts. docs/waxwingctl.md is its reference.
//
// Its contract: results go to stdout (with --json one JSON document with the
// names of RFC 8621), everything else to stderr; it exits with 0 when done, 1
// when it failed (with a code and a sentence) and 2 when it was called wrongly;
// it takes no secret from its arguments.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"waxwing/backend/autoconfig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, new(autoconfig.Finder)})
	stop()
	os.Exit(status)
}
