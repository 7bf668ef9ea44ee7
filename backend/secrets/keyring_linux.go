package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// errNoBus is why there is no keyring without a desktop session.
var errNoBus = errors.New("no D-Bus session bus")

// reachable makes sure that there is a session bus. Asking the keyring without
// one would start a bus of our own, with nobody on it.
func reachable() error {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return nil
	}
	dir := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return errNoBus
}

// isLocked reports whether the secret service refused because a person has to
// unlock it first.
func isLocked(err error) bool {
	var refused dbus.Error
	if errors.As(err, &refused) {
		return refused.Name == "org.freedesktop.Secret.Error.IsLocked"
	}
	// QUIRK: go-keyring doesn't tell that a person dismissed the dialog; it only
	// notices, in these words, that the keyring is still locked.
	return strings.HasPrefix(err.Error(), "failed to unlock correct collection")
}
