package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostile returns the bodies of testdata/hostile, which the end-to-end suite
// shows in real browsers as well. They set parent.hacked when a script runs and
// ask evil.example when something is fetched.
func hostile(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/hostile/*.html")
	if err != nil || len(files) < 80 {
		t.Fatalf("got %d cases (%v), want at least 80", len(files), err)
	}
	bodies := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bodies[strings.TrimSuffix(filepath.Base(f), ".html")] = string(b)
	}
	return bodies
}

func TestHostile(t *testing.T) {
	for name, source := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			inner, _ := body(t, source, Options{})
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			// Rendering what was rendered brings nothing forbidden back.
			body(t, inner, Options{Dark: true})
			// Nor does the body as one of several, behind text left open.
			body(t, "<div title=\"<table><b>"+source, Options{})
			body(t, "<table><tr><td>"+source+"</td>after", Options{})
		})
	}
}

// TestOracle shows that the oracle sees what it is there to see.
func TestOracle(t *testing.T) {
	for _, bad := range []string{
		"<script>x</script>", "<img src=x onerror=y>", "<a href=javascript:x>", "<img src=https://evil.example>", "<svg></svg>", "<iframe></iframe>",
		"<p style='background:url(//evil.example)'>", `<p style="background:\75rl(//evil.example)">`, "<p style='position:fixed'>", "<p id=parent>",
		"<style></style><style>@import 'x'</style>", "<form></form>", "<base href=x>", "<link rel=x>", "<p onclick=x>", "<!-- x -->", "<img srcset='//evil.example 1x'>",
	} {
		if len(violations(t, []byte(bad))) == 0 {
			t.Errorf("the oracle finds nothing in %s", bad)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, source := range hostile(f) {
		if len(source) < 5000 {
			f.Add(source)
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		inner, _ := body(t, source, Options{})
		body(t, inner, Options{Dark: true})
	})
}

func FuzzStyle(f *testing.F) {
	for _, s := range []string{"a{b:c}", "@media (prefers-color-scheme:dark){a{color:red}}", "background:url(a)", `font-family:"\3c "`, "width:calc(1px / 2)", "a[b='c']:not(.d)>e{f:g!important}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, style string) {
		style = strings.NewReplacer("<", "", "&", "").Replace(style)
		body(t, "<style>"+style+"</style><p style='"+strings.ReplaceAll(style, "'", "&#39;")+"'>", Options{})
	})
}
