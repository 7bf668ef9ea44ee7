package secrets

import (
	"errors"
	"os/exec"
)

// The codes with which /usr/bin/security ends, the low byte of a Security
// framework status: errSecInteractionNotAllowed (-25308) and
// errSecUserCanceled (-128).
const (
	interactionNotAllowed = 36
	userCanceled          = 128
)

// reachable has nothing to make sure of: the Keychain is always there.
func reachable() error { return nil }

// isLocked reports whether the Keychain refused because a person has to unlock
// it first.
func isLocked(err error) bool {
	var ended *exec.ExitError
	if !errors.As(err, &ended) {
		return false
	}
	return ended.ExitCode() == interactionNotAllowed || ended.ExitCode() == userCanceled
}
