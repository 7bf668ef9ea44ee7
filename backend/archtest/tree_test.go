package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "waxwing"

// A file is a Go source file, of whatever system and build tags.
type file struct {
	path    string // from the root, with slashes
	test    bool
	syntax  *ast.File
	imports []string
	set     *token.FileSet
}

// folder is the package's path from the root; "." for the root's own.
func (f *file) folder() string { return path.Dir(f.path) }

// position tells where a node stands.
func (f *file) position(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(n.Pos()).Line)
}

// root is the project's folder.
func root(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// skipped are folders that hold none of our sources.
var skipped = map[string]bool{".git": true, "node_modules": true, "dist": true, "bin": true, "testdata": true, ".tools": true, "wailsjs": true}

// walk calls visit for every file of ours with one of the extensions.
func walk(t *testing.T, visit func(slashed, absolute string), extensions ...string) {
	t.Helper()
	base := root(t)
	err := filepath.WalkDir(base, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped[d.Name()] {
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(base, p)
		if err != nil {
			return err
		}
		for _, e := range extensions {
			if filepath.Ext(p) == e {
				visit(filepath.ToSlash(relative), p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources parses all Go files of the project.
func sources(t *testing.T) []*file {
	t.Helper()
	var files []*file
	walk(t, func(slashed, absolute string) {
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, absolute, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		f := &file{path: slashed, test: strings.HasSuffix(slashed, "_test.go"), syntax: syntax, set: set}
		for _, i := range syntax.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			f.imports = append(f.imports, name)
		}
		files = append(files, f)
	}, ".go")
	if len(files) < 50 {
		t.Fatalf("found %d Go files, want the whole project", len(files))
	}
	return files
}
