package bench

import (
	"bufio"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A display is a private X server whose picture can be looked at without asking
// it: it keeps its pixels in a file that is mapped into memory here.
type display struct {
	b      *testing.B
	name   string // for DISPLAY
	server *exec.Cmd
	file   []byte // an image in the format of xwd(1)
}

const displayWidth, displayHeight = 1280, 800

// startDisplay starts a display, which is to be stopped.
func startDisplay(b *testing.B) *display {
	b.Helper()
	folder := b.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-fbdir", folder)
	server.ExtraFiles = []*os.File{w}
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	_ = w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		b.Fatalf("Xvfb didn't start: %v", err)
	}
	d := &display{b: b, name: ":" + strings.TrimSpace(number), server: server}
	f, err := os.Open(filepath.Join(folder, "Xvfb_screen0"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	if d.file, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED); err != nil {
		b.Fatal(err)
	}
	return d
}

func (d *display) stop() {
	_ = syscall.Munmap(d.file)
	_ = d.server.Process.Signal(syscall.SIGTERM)
	_ = d.server.Wait()
}

// An area is a part of the display, in pixels.
type area struct{ left, top, right, bottom int }

// pixels copies what an area shows, four octets a pixel.
func (d *display) pixels(a area) []byte {
	word := func(n int) int { return int(binary.BigEndian.Uint32(d.file[4*n:])) } // the header's
	size, perLine, colours := word(0), word(12), word(19)
	start := size + 12*colours
	var out []byte
	for y := a.top; y < a.bottom; y++ {
		line := d.file[start+y*perLine:]
		out = append(out, line[4*a.left:4*a.right]...)
	}
	return out
}
