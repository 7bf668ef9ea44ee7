//go:build unix

package policy

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// private returns a folder that only its owner can write, at its real path:
// systems differ in what links lead to the temporary folder.
func private(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// put writes a file with exactly these permissions.
func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

const sound = `{` + org + `}`

func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	folder := func(mode os.FileMode) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			sub := filepath.Join(dir, "etc")
			if err := os.Mkdir(sub, 0o755); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(sub, "policy.json"), sound, 0o644)
			if err := os.Chmod(sub, mode); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(sub, "policy.json")
		}
	}
	file := func(mode os.FileMode) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			put(t, filepath.Join(dir, "policy.json"), sound, mode)
			return filepath.Join(dir, "policy.json")
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string) string
		want    string // with DIR for the folder
	}{
		"readable by all":       {file(0o644), ""},
		"private":               {file(0o600), ""},
		"writable by its group": {file(0o664), "DIR/policy.json can be changed by users who are no administrators."},
		"writable by all":       {file(0o646), "DIR/policy.json can be changed by users who are no administrators."},
		"usual folder":          {folder(0o755), ""},
		"folder of a group":     {folder(0o775), "DIR/etc can be changed by users who are no administrators."},
		"folder of all":         {folder(0o757), "DIR/etc can be changed by users who are no administrators."},
		"sticky folder":         {folder(0o777 | os.ModeSticky), ""},
		"a folder itself": {func(_ *testing.T, dir string) string {
			return dir
		}, "DIR is no file."},
		"a pipe": {func(t *testing.T, dir string) string {
			if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "pipe")
		}, "DIR/pipe is no file."},
		"link to a sound file": {func(t *testing.T, dir string) string {
			link(t, file(0o644)(t, dir), filepath.Join(dir, "link"))
			return filepath.Join(dir, "link")
		}, ""},
		"link to a file that all can write": {func(t *testing.T, dir string) string {
			link(t, file(0o666)(t, dir), filepath.Join(dir, "link"))
			return filepath.Join(dir, "link")
		}, "DIR/policy.json can be changed by users who are no administrators."},
		"relative link out of a folder that all can write": {func(t *testing.T, dir string) string {
			open := filepath.Dir(folder(0o777)(t, dir))
			link(t, "../policy.json", filepath.Join(open, "link"))
			put(t, filepath.Join(dir, "policy.json"), sound, 0o644)
			return filepath.Join(open, "link")
		}, "DIR/etc can be changed by users who are no administrators."},
		"linked folder": {func(t *testing.T, dir string) string {
			real := folder(0o755)(t, dir)
			link(t, "etc", filepath.Join(dir, "other"))
			return filepath.Join(dir, "other", filepath.Base(real))
		}, ""},
		"linked folder that all can write": {func(t *testing.T, dir string) string {
			folder(0o777)(t, dir)
			link(t, "etc", filepath.Join(dir, "other"))
			return filepath.Join(dir, "other", "policy.json")
		}, "DIR/etc can be changed by users who are no administrators."},
		"links in a ring": {func(t *testing.T, dir string) string {
			link(t, "b", filepath.Join(dir, "a"))
			link(t, "a", filepath.Join(dir, "b"))
			return filepath.Join(dir, "a")
		}, "DIR/a can't be read."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := private(t)
			r := LoadFrom(c.prepare(t, dir))
			want := c.want
			if len(want) > 3 {
				want = dir + want[3:]
			}
			if got := lines(r.Findings); got != want || !r.Exists || (r.Policy != nil) != (want == "") {
				t.Errorf("read: %+v\n got %q\nwant %q", r, got, want)
			}
		})
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// TestOwner: at the system's place only what root owns counts; what the user of
// this test owns does at a place that somebody named.
func TestOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "policy.json")
	put(t, path, sound, 0o644)
	if r := LoadFrom(path); r.Policy == nil {
		t.Errorf("one's own file at a named place: %s", lines(r.Findings))
	}
	strangers := opener{}.trusts
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strangers(info), os.Geteuid() == 0; got != want {
		t.Errorf("at the system's place a file of user %d is believed: %v, want %v", os.Geteuid(), got, want)
	}
	if os.Geteuid() != 0 {
		return
	}
	// Root can give a file to somebody, and then it counts nowhere.
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	want := path + " belongs to a user who is no administrator."
	if r := LoadFrom(path); lines(r.Findings) != want || r.Policy != nil {
		t.Errorf("a stranger's file: %q, want %q", lines(r.Findings), want)
	}
	if r := load(path, opener{}.open); lines(r.Findings) != want {
		t.Errorf("a stranger's file at the system's place: %q, want %q", lines(r.Findings), want)
	}
}

// TestAuthorityFiles: a file of certificates is held to the same as the policy.
func TestAuthorityFiles(t *testing.T) {
	t.Parallel()
	dir := private(t)
	path := filepath.Join(dir, "policy.json")
	put(t, path, `{`+org+`, "certificateAuthorities": [{"file": "ca.pem"}]}`, 0o644)
	check := func(want string) Reading {
		t.Helper()
		r := LoadFrom(path)
		if got := lines(r.Findings); got != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
		return r
	}
	check("1:90: " + dir + "/ca.pem doesn't exist.")
	put(t, filepath.Join(dir, "ca.pem"), "no certificate", 0o644)
	check("1:90: This holds no certificate in PEM form.")
	put(t, filepath.Join(dir, "ca.pem"), authorityPEM(t), 0o666)
	check("1:90: " + dir + "/ca.pem can be changed by users who are no administrators.")
	put(t, filepath.Join(dir, "ca.pem"), authorityPEM(t), 0o644)
	if r := check(""); r.Policy.Authorities() == "" {
		t.Error("the authority of a sound file is missing")
	}
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	open := private(t)
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if r := LoadFrom(filepath.Join(open, "policy.json")); r.Exists || len(r.Findings) > 0 {
		t.Errorf("a policy that isn't there, in a folder of all: %+v", r)
	}
	for _, name := range []string{"policy.json", "not/there/policy.json"} {
		r := LoadFrom(filepath.Join(private(t), name))
		if r.Exists || r.Policy != nil || len(r.Findings) > 0 {
			t.Errorf("a policy that isn't there: %+v", r)
		}
	}
}

// TestDraft: a draft may be anybody's.
func TestDraft(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "policy.json")
	put(t, path, sound, 0o666)
	if r := LoadDraft(path); r.Policy == nil {
		t.Errorf("findings of a draft: %s", lines(r.Findings))
	}
	if r := LoadDraft(filepath.Dir(path)); lines(r.Findings) != filepath.Dir(path)+" is no file." {
		t.Errorf("findings of a folder: %s", lines(r.Findings))
	}
}
