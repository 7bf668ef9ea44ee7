package app

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
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
	return &instance{l}, false, nil
}

// socketPath is in the data folder, or for a folder with a long name in the
// person's temporary one.
func socketPath(data string) string {
	if path := filepath.Join(data, "window.sock"); len(path) <= maxSocketPath {
		return path
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("waxwing-%x", sha256.Sum256([]byte(data)))[:24]+".sock")
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
