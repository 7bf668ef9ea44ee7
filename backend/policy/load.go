package policy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Reading is what was found at the policy's place.
type Reading struct {
	Path   string
	Exists bool
	// Policy is nil when there is none, or when Findings says what is wrong.
	Policy   *Policy
	Findings []Finding
}

// Load reads the policy at the system's place, DefaultPath.
func Load() Reading { return load(DefaultPath(), opener{}.open) }

// LoadFrom reads a policy that somebody named, for tests. Unlike that of the
// system's place, it may belong to the user who runs this program.
func LoadFrom(path string) Reading { return load(path, opener{own: true}.open) }

// LoadDraft reads a policy that isn't in force: whoever may write it.
func LoadDraft(path string) Reading { return load(path, openAny) }

// open opens a file, or says why it isn't to be believed. The error of a file
// that isn't there is fs.ErrNotExist.
type open func(path string) (*os.File, *Finding, error)

func load(path string, o open) Reading {
	r := Reading{Path: path}
	// Where no file is, it doesn't matter who could write one: it would be refused.
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return r
	}
	r.Exists = true
	data, problem, _ := readWith(o, path)
	if problem != nil {
		r.Findings = []Finding{*problem}
		return r
	}
	r.Policy, r.Findings = Parse(data, func(name string) ([]byte, *Finding) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		content, problem, _ := readWith(o, name)
		return content, problem
	})
	return r
}

// readWith reads at most one octet more than may be. A file that isn't there
// is a finding, too.
func readWith(o open, path string) ([]byte, *Finding, error) {
	file, problem, err := o(path)
	if problem == nil && err != nil {
		code := CodeUnreadable
		if errors.Is(err, fs.ErrNotExist) {
			code = CodeNoFile
		}
		f := about(code, path)
		problem = &f
	}
	if problem != nil {
		return nil, problem, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		f := about(CodeUnreadable, path)
		return nil, &f, err
	}
	return data, nil, nil
}

// openAny opens a file whoever may write it.
func openAny(path string) (*os.File, *Finding, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		f := about(CodeNotAFile, path)
		return nil, &f, nil
	}
	file, err := os.Open(path)
	return file, nil, err
}

// opener opens files that only administrators can write.
type opener struct {
	own bool // the user who runs this program counts as an administrator
}
