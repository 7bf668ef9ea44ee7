package app

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSecondStartHandsOver(t *testing.T) {
	data := t.TempDir()
	first, handedOver, err := claim(data, handover{})
	if err != nil || handedOver {
		t.Fatalf("first claim: handedOver=%v, err=%v", handedOver, err)
	}
	defer first.close()
	asked := make(chan handover, 1)
	go first.serve(func(h handover) { asked <- h })

	second, handedOver, err := claim(data, handover{Show: true})
	if err != nil || !handedOver || second != nil {
		t.Fatalf("second claim: instance=%v, handedOver=%v, err=%v", second, handedOver, err)
	}
	if h := <-asked; !h.Show {
		t.Errorf("first was asked for %+v, want Show", h)
	}
}

func TestClaimAfterCrash(t *testing.T) {
	data := t.TempDir()
	first, _, err := claim(data, handover{})
	if err != nil {
		t.Fatal(err)
	}
	// A killed process leaves its socket's file behind.
	first.listener.(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
	first.close()

	second, handedOver, err := claim(data, handover{})
	if err != nil || handedOver {
		t.Fatalf("claim after crash: handedOver=%v, err=%v", handedOver, err)
	}
	second.close()
}

func TestSocketPathIsShortEnough(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, data := range []string{"/home/m/.local/share/waxwing", "/" + strings.Repeat("long/", 60)} {
		if p := socketPath(data); len(p) > maxSocketPath || !filepath.IsAbs(p) {
			t.Errorf("socketPath(%q) = %q, %d bytes", data, p, len(p))
		}
	}
	if socketPath("/"+strings.Repeat("a/", 80)) == socketPath("/"+strings.Repeat("b/", 80)) {
		t.Error("two data folders share a socket")
	}
}
