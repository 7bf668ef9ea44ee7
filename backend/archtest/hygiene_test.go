package archtest

import (
	"bytes"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTestsDontSleepOrSkip: a sleeping test is slow when it works and red when
// the machine is busy; a skipped one proves nothing and looks green.
func TestTestsDontSleepOrSkip(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if !f.test {
			continue
		}
		// In a bubble of testing/synctest time is the test's own.
		bubble := slices.Contains(f.imports, "testing/synctest")
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == "time" && selector.Sel.Name == "Sleep" && !bubble {
				t.Errorf("%s: time.Sleep in a test: wait for what you wait for", f.position(n))
			}
			switch selector.Sel.Name {
			case "Skip", "Skipf", "SkipNow":
				t.Errorf("%s: %s: a test runs or isn't there", f.position(n), selector.Sel.Name)
			}
			return true
		})
	}
}

// TestPackagesAreDocumented: a package says what it is for and what it
// guarantees before its first line of code.
func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || strings.HasSuffix(f.syntax.Name.Name, "_test") {
			continue
		}
		documented[f.folder()] = documented[f.folder()] || f.syntax.Doc != nil
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", folder)
		}
	}
}

// maxLines is where a file is asked whether it holds two ideas. A table of test
// cases may be longer.
const maxLines = 600

// unfinished are marks of work left to nobody.
var unfinished = []string{"TO" + "DO", "FIX" + "ME", "X" + "XX"}

// TestFilesAreFinished: what isn't done is an issue, not a comment; and a file
// holds one idea.
func TestFilesAreFinished(t *testing.T) {
	t.Parallel()
	walk(t, func(slashed, absolute string) {
		content, err := os.ReadFile(absolute)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(content, []byte("\n")); lines > maxLines && !strings.HasSuffix(slashed, "_test.go") {
			t.Errorf("%s has %d lines, want at most %d", slashed, lines, maxLines)
		}
		for i, line := range strings.Split(string(content), "\n") {
			for _, mark := range unfinished {
				if strings.Contains(line, mark) {
					t.Errorf("%s:%d: %s: %s", slashed, i+1, mark, strings.TrimSpace(line))
				}
			}
		}
	}, ".go", ".ts", ".svelte", ".css", ".sql", ".sh", ".yml")
}

// TestScriptsAreExecutable: a script that can't be run is found when it is needed.
func TestScriptsAreExecutable(t *testing.T) {
	t.Parallel()
	walk(t, func(slashed, absolute string) {
		info, err := os.Stat(absolute)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(slashed, "/lib.sh") && info.Mode()&0o111 == 0 {
			t.Errorf("%s isn't executable", slashed)
		}
	}, ".sh")
}
