package app

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// handoverTimeout bounds how long a second start waits for the first one.
const handoverTimeout = 2 * time.Second

// maxSocketPath is what every system allows as the path of a socket.
const maxSocketPath = 100

// handover is what a second start asks of the first.
type handover struct {
	Show bool `json:"show"` // bring the window to the front
}

// instance listens for later starts with the same data folder. It only saves
// people from a second window: what keeps two engines from one folder is the
// engine's lock.
type instance struct{ listener net.Listener }

// claim hands h over to the instance that has the data folder already, or
// becomes that instance. An error means neither: the application works, but a
// later start won't find it.
func claim(data string, h handover) (i *instance, handedOver bool, err error) {
	path := socketPath(data)
	if folder := filepath.Dir(path); folder != filepath.Clean(data) {
		if err := privateFolder(folder); err != nil {
			return nil, false, err
		}
	}
	if handOver(path, h) == nil {
		return nil, true, nil
	}
	// Nobody answers, so a socket that is there was left by a crash.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, false, err
	}
	// The data folder may be open to others; knocking is its owner's alone.
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, false, err
	}
	return &instance{l}, false, nil
}

// privateFolder makes the folder for one person's sockets, or checks that the one
// that is there is theirs and closed to others: anybody may create names in a
// shared temporary folder.
func privateFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() || !mine(info) || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is not a folder that only its owner can use", path)
	}
	return nil
}

// socketPath is in the data folder, or for a folder with a long name in one of
// the person's own below the temporary folder.
func socketPath(data string) string {
	if path := filepath.Join(data, "window.sock"); len(path) <= maxSocketPath {
		return path
	}
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))[:16] + ".sock"
	return filepath.Join(os.TempDir(), fmt.Sprintf("waxwing-%d", os.Getuid()), name)
}

// handOver sends h and waits until the other side has it.
func handOver(path string, h handover) error {
	c, err := net.DialTimeout("unix", path, handoverTimeout)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(handoverTimeout)); err != nil {
		return err
	}
	if err := json.NewEncoder(c).Encode(h); err != nil {
		return err
	}
	var answer string
	return json.NewDecoder(c).Decode(&answer)
}

// serve calls f for every later start, until close.
func (i *instance) serve(f func(handover)) {
	for {
		c, err := i.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			var h handover
			if c.SetDeadline(time.Now().Add(handoverTimeout)) != nil || json.NewDecoder(c).Decode(&h) != nil {
				return
			}
			f(h)
			_ = json.NewEncoder(c).Encode("shown") // the other side may have given up
		}()
	}
}

func (i *instance) close() { _ = i.listener.Close() }
