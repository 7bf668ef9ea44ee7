package archtest

import (
	"slices"
	"strings"
	"testing"
)

// layers lists every package of ours with all others of ours that it may
// import. Arrows point down only, so there can be no cycle of meaning either.
// A package includes those in its sub-folders unless they have a line.
var layers = []struct {
	folder string
	may    []string
	reason string
}{
	{".", []string{"app"}, "main only starts the shell"},
	{"frontend", nil, "it embeds files"},
	{
		"app",
		[]string{"frontend", "backend/engine", "backend/notify", "backend/events", "backend/autoconfig", "backend/connect", "backend/policy", "backend/render", "backend/message", "backend/mail"},
		"the shell translates between the screen and the engine; what it could get from store or imapsync it gets from the engine, so that waxwingctl gets the same",
	},
	{
		"backend/cmd/waxwingctl",
		[]string{"backend/engine", "backend/events", "backend/autoconfig", "backend/connect", "backend/policy", "backend/secrets", "backend/store", "backend/render", "backend/message", "backend/search", "backend/mail"},
		"the engine without a window; of autoconfig, connect, policy, secrets and store it speaks the types in which the engine answers",
	},
	{
		"backend/engine",
		[]string{"backend/imapsync", "backend/outbox", "backend/verify", "backend/graph", "backend/submission", "backend/oauth", "backend/autoconfig", "backend/connect", "backend/policy", "backend/provider", "backend/secrets", "backend/store", "backend/compose", "backend/message", "backend/render", "backend/demo", "backend/events", "backend/search", "backend/mail"},
		"the composition root knows all services and no screen",
	},
	{
		"backend/imapsync",
		[]string{"backend/store", "backend/message", "backend/connect", "backend/mail"},
		"a source fills the store; it tells the engine by callbacks and knows nobody above",
	},
	{"backend/outbox", []string{"backend/store", "backend/submission", "backend/message", "backend/connect", "backend/mail"}, "it sends what the store has queued; what is queued and when to look, the engine says"},
	{"backend/oauth", []string{"backend/connect", "backend/mail"}, "tokens are signed in with by connect, which gets them as an interface; keeping them is the engine's"},
	{"backend/notify", []string{"backend/mail"}, "a pop-up needs no engine"},
	{"backend/demo", []string{"backend/demo/sample", "backend/mail"}, "the sample servers are strangers to the client: reached by the network only"},
	{"backend/demo/sample", nil, "sample mail is text"},
	{"backend/autoconfig", []string{"backend/connect", "backend/provider", "backend/mail"}, "finding servers connects to them, keeps nothing and knows no accounts"},
	{"backend/connect", []string{"backend/provider", "backend/mail"}, "connecting keeps nothing; whose a server is tells what its refusals mean"},
	{"backend/policy", []string{"backend/mail"}, "it reads what the organisation says; the engine sees that it holds"},
	{"backend/provider", []string{"backend/mail"}, "the providers are a table"},
	{"backend/submission", []string{"backend/connect", "backend/mail"}, "handing one message over keeps nothing; what is sent and when is its caller's"},
	{"backend/graph", []string{"backend/oauth", "backend/submission", "backend/connect", "backend/message", "backend/mail"}, "another way to hand one message over, with submission's meaning of what became of it"},
	{"backend/verify", []string{"backend/imapsync", "backend/submission", "backend/connect", "backend/mail"}, "a round trip goes through both servers; which mailbox is which, imapsync decides"},
	{"backend/store", []string{"backend/search", "backend/mail"}, "the store knows what is kept, not where it came from; parsing is its caller's"},
	{"backend/secrets", []string{"backend/mail"}, "it takes the rows' owner as an interface"},
	{"backend/compose", []string{"backend/render", "backend/message", "backend/mail"}, "a draft is a pure function of the message that it answers; keeping it is the engine's"},
	{"backend/render", []string{"backend/message", "backend/mail"}, "safe HTML is a pure function of a message"},
	{"backend/message", []string{"backend/mail"}, "parsing is a pure function of octets"},
	{"backend/search", []string{"backend/mail"}, "a query is a pure function of its text"},
	{"backend/events", []string{"backend/mail"}, "events carry the vocabulary only"},
	{"backend/mail", nil, "the vocabulary imports nothing, so that everything can import it"},
	{"backend/mailtest", []string{"backend/mail"}, "a witness shares no code with the accused"},
	{"backend/bench", []string{"backend/mailtest", "backend/mail"}, "it measures the program from outside"},
	{"backend/archtest", nil, "it reads sources only"},
}

// bans list what may be imported in few places or nowhere. Unless they say
// otherwise, they hold for tests as well.
var bans = []struct {
	imported string   // a path; with /... everything below it, too
	except   []string // folders, with everything below them; with ? for their tests only
	reason   string
}{
	{"database/sql/...", []string{"backend/store"}, "all SQL is in the store, or its invariants are nobody's"},
	{"modernc.org/sqlite/...", []string{"backend/store"}, "as above"},
	{"github.com/wailsapp/wails/...", []string{"app"}, "the engine runs without a window, in waxwingctl and in tests"},
	{"github.com/emersion/go-imap/...", []string{"backend/imapsync", "backend/connect", "backend/verify", "backend/demo"}, "IMAP's types end where mail's begin"},
	{"github.com/zalando/go-keyring", []string{"backend/secrets", "app?", "backend/engine?"}, "a locked keyring waits without end; secrets has the deadline (tests put a mock in its place)"},
	{"github.com/godbus/dbus/...", []string{"backend/notify", "backend/secrets", "app"}, "the desktop is reached where it is wrapped for other systems, too"},
	{"github.com/mattn/go-sqlite3", nil, "waxwingctl and the cross builds have no cgo"},
	{"C", nil, "our own code has no cgo: it must build for other systems from anywhere"},
	{"io/ioutil", nil, "deprecated"},
	{"math/rand", nil, "math/rand/v2, or crypto/rand where it matters"},
	{"log", nil, "log/slog"},
	{"unsafe", nil, "hostile mail is the normal case"},
}

// testOnly are packages that no product code may import.
var testOnly = []string{"testing", module + "/backend/mailtest"}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		folder, may, known := layerOf(f.folder())
		if !known {
			t.Errorf("%s: package %s has no line in the table of layers", f.path, f.folder())
			continue
		}
		used[folder] = true
		if f.test {
			continue // a test may bring anything together; bans hold for it, too
		}
		for _, i := range f.imports {
			ours, isOurs := strings.CutPrefix(i, module+"/")
			if !isOurs {
				continue
			}
			target, _, _ := layerOf(ours)
			if target != folder && !slices.Contains(may, target) {
				t.Errorf("%s imports %s, which %s may not: %s", f.path, ours, folder, reasonOf(folder))
			}
		}
	}
	for _, l := range layers {
		if !used[l.folder] {
			t.Errorf("the table of layers has a line for %s, which isn't there", l.folder)
		}
		for _, m := range l.may {
			if _, _, known := layerOf(m); !known {
				t.Errorf("%s may import %s, which has no line", l.folder, m)
			}
		}
	}
}

// TestLayersHaveNoCycle keeps the table itself honest.
func TestLayersHaveNoCycle(t *testing.T) {
	t.Parallel()
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(folder string, trail []string)
	visit = func(folder string, trail []string) {
		trail = append(trail, folder)
		if state[folder] == visiting {
			t.Fatalf("cycle: %s", strings.Join(trail, " → "))
		}
		if state[folder] == done {
			return
		}
		state[folder] = visiting
		for _, l := range layers {
			if l.folder == folder {
				for _, m := range l.may {
					visit(m, trail)
				}
			}
		}
		state[folder] = done
	}
	for _, l := range layers {
		visit(l.folder, nil)
	}
}

func TestBannedImports(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, i := range f.imports {
			for _, b := range bans {
				above, below := strings.CutSuffix(b.imported, "/...")
				if (i == above || below && within(i, above)) && !excepted(f, b.except) {
					t.Errorf("%s imports %s: %s", f.path, i, b.reason)
				}
			}
			if !f.test && slices.Contains(testOnly, i) && !anyWithin(f.folder(), []string{"backend/mailtest", "backend/bench"}) {
				t.Errorf("%s imports %s: product code doesn't depend on what tests need", f.path, i)
			}
		}
	}
}

// excepted reports whether a ban doesn't hold for a file.
func excepted(f *file, except []string) bool {
	return slices.ContainsFunc(except, func(e string) bool {
		folder, testsOnly := strings.CutSuffix(e, "?")
		return within(f.folder(), folder) && (f.test || !testsOnly)
	})
}

// layerOf returns the line that a folder belongs to.
func layerOf(folder string) (layer string, may []string, known bool) {
	for _, l := range layers {
		matches := folder == l.folder || l.folder != "." && within(folder, l.folder)
		if matches && len(l.folder) > len(layer) {
			layer, may, known = l.folder, l.may, true
		}
	}
	return layer, may, known
}

func reasonOf(folder string) string {
	for _, l := range layers {
		if l.folder == folder {
			return l.reason
		}
	}
	return ""
}

// within reports whether a path is another or lies below it.
func within(p, above string) bool { return p == above || strings.HasPrefix(p, above+"/") }

func anyWithin(p string, above []string) bool {
	return slices.ContainsFunc(above, func(a string) bool { return within(p, a) })
}
