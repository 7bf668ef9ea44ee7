package bench

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A start is what one start of the window took.
type start struct {
	window, list time.Duration
	memory       int64
}

// The areas that are looked at. The window opens in the upper left corner, as
// large as the display; the list is between the mailboxes and the reader, below
// its heading.
var (
	wholeDisplay = area{0, 0, displayWidth, displayHeight}
	windowArea   = area{0, 400, displayWidth, 402}
	listArea     = area{280, 120, 620, 760}
)

const (
	// look is how often the display is looked at.
	look = 10 * time.Millisecond
	// idle is when a start is over, and memory is measured.
	idle = 10 * time.Second
	// alike is the part of the list's pixels that may still change after it is
	// there: a scrollbar fades.
	alike = 0.02
	// coloured is the least number of colours of a list with text; a blank one
	// has a handful.
	coloured = 40
)

// BenchmarkWindow starts the window on a data folder with ten thousand messages,
// again and again, and prints how long it takes.
func BenchmarkWindow(b *testing.B) {
	if os.Getenv("WAXWING_BENCH_DESKTOP") == "" {
		fmt.Println("The window is left out: it needs a desktop of its own (make bench)")
		return
	}
	t := newBed(b)
	folder := b.TempDir()
	t.add(b, folder)
	run(b, t.command(folder, "sync"))
	var starts []start
	for range rounds(b, false) {
		starts = append(starts, measureStart(b, folder))
	}
	fmt.Printf("\nStart of the window with %d messages, medians of %d\n", messages, len(starts))
	fmt.Printf("window on screen %6.2f s\n", middle(starts, func(s start) time.Duration { return s.window }).Seconds())
	fmt.Printf("list painted     %6.2f s\n", middle(starts, func(s start) time.Duration { return s.list }).Seconds())
	fmt.Printf("memory           %6.0f MB (proportional, all processes, after %v)\n",
		float64(middle(starts, func(s start) int64 { return s.memory }))/1e6, idle)
}

// A frame is what the list showed from a moment on.
type frame struct {
	at     time.Duration
	pixels []byte
}

// measureStart starts the window once. The list is there from the first frame on
// since which it shows what it shows in the end.
func measureStart(b *testing.B, folder string) (s start) {
	b.Helper()
	d := startDisplay(b)
	defer d.stop()
	cmd := exec.Command(built(b, "waxwing"), "--data", filepath.Join(folder, "data"))
	cmd.Env = append(os.Environ(), "DISPLAY="+d.name, "GDK_BACKEND=x11")
	blank := d.pixels(windowArea)
	running := startTree(b, cmd)
	defer running.stop()
	var frames []frame
	for range time.Tick(look) {
		now := time.Since(running.began)
		if now > idle {
			break
		}
		if s.window == 0 && !bytes.Equal(d.pixels(windowArea), blank) {
			s.window = now
		}
		if p := d.pixels(listArea); len(frames) == 0 || !bytes.Equal(p, frames[len(frames)-1].pixels) {
			frames = append(frames, frame{now, p})
		}
	}
	select {
	case <-running.ended:
		b.Fatalf("the window closed: %v\n%s", running.err, running.output.Bytes())
	default:
	}
	s.memory = running.memory()
	last := frames[len(frames)-1].pixels
	d.keep()
	if n := colours(last); n < coloured {
		b.Fatalf("the list has %d colours: it isn't there", n)
	}
	for i := len(frames) - 1; i >= 0 && difference(frames[i].pixels, last) <= alike; i-- {
		s.list = frames[i].at
	}
	return s
}

// difference is the part of the pixels in which two pictures differ.
func difference(p, q []byte) float64 {
	n := 0
	for i := 0; i < len(p); i += 4 {
		if !bytes.Equal(p[i:i+4], q[i:i+4]) {
			n++
		}
	}
	return float64(4*n) / float64(len(p))
}

// colours counts the different pixels.
func colours(p []byte) int {
	seen := map[string]bool{}
	for i := 0; i < len(p); i += 4 {
		seen[string(p[i:i+4])] = true
	}
	return len(seen)
}

// keep writes the picture to the artifacts, so that one can see what was measured.
func (d *display) keep() {
	folder := os.Getenv("ARTIFACTS")
	if folder == "" {
		return
	}
	p := d.pixels(wholeDisplay)
	picture := image.NewRGBA(image.Rect(0, 0, displayWidth, displayHeight))
	for i := 0; i < len(p); i += 4 {
		n := i / 4
		picture.Set(n%displayWidth, n/displayWidth, color.RGBA{p[i+2], p[i+1], p[i], 255})
	}
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		d.b.Fatal(err)
	}
	write(d.b, filepath.Join(folder, "bench-window.png"), text.String())
}
