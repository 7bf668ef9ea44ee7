package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waxwing/backend/message"
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

// nesting is how deep elements of that name stand in each other.
func nesting(inner, name string) int {
	depth, most := 0, 0
	for i := 0; i < len(inner); i++ {
		switch {
		case strings.HasPrefix(inner[i:], "<"+name):
			depth++
			most = max(most, depth)
		case strings.HasPrefix(inner[i:], "</"+name):
			depth--
		}
	}
	return most
}

// TestIndentation: each quote and list takes some of the width, so that deep
// nesting would leave none for the text.
func TestIndentation(t *testing.T) {
	for _, name := range []string{"blockquote", "ul", "ol", "figure"} {
		source := strings.Repeat("<"+name+">", 20000) + "deep" + strings.Repeat("</"+name+">", 20000) + "<p>after</p>"
		inner, _ := body(t, source, Options{})
		if got := nesting(inner, name); got != maxIndents {
			t.Errorf("%s: nested %d deep, want %d", name, got, maxIndents)
		}
		if !strings.Contains(inner, "deep") || !strings.Contains(inner, "<p>after</p>"+bodyEnd) {
			t.Errorf("%s: the text is lost, or isn't behind the end: %.300s", name, inner[len(inner)-min(len(inner), 300):])
		}
	}
	mixed := strings.Repeat("<blockquote><ul><li>", 1000) + "deep"
	inner, _ := body(t, mixed, Options{})
	if got := strings.Count(inner, "<blockquote>") + strings.Count(inner, "<ul>"); got != maxIndents {
		t.Errorf("mixed: %d indents, want %d", got, maxIndents)
	}
}

// TestBodyStaysInPlace: what moves the body itself would show a blank card.
func TestBodyStaysInPlace(t *testing.T) {
	const want = `<div class="waxwing-mail" style="color:red;margin:0 auto;" dir="auto">x</div>`
	for _, moved := range []string{
		"position:absolute", "position:relative;top:-999px", "left:-999px !important", "right:9999px;bottom:9999px", "display:none", "visibility:hidden", "opacity:0",
		"float:right", "height:0", "max-height:0", "margin-top:-999px", "margin:-9999px 0", "text-indent:-9999px", "z-index:-1",
	} {
		inner, _ := body(t, `<body style="color:red;`+moved+`;margin:0 auto">x</body>`, Options{})
		if inner != want {
			t.Errorf("%s: got %s", moved, inner)
		}
		d := Body(&message.Message{HTML: "<style>.a, html > body{" + moved + ";color:red}</style><p>x"}, Options{})
		if got, want := sheetOf(string(d.HTML)), ".a, .waxwing-mail{color:red;}\n"; got != want {
			t.Errorf("%s: got %s", moved, got)
		}
	}
	d := Body(&message.Message{HTML: "<style>.a{top:1px;margin:-4px;display:none}</style><p>x"}, Options{})
	if got, want := sheetOf(string(d.HTML)), ".a{top:1px;margin:-4px;display:none;}\n"; got != want {
		t.Errorf("elsewhere: got %s, want %s", got, want)
	}
}
