package imapsync

import (
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
)

// BenchmarkFirstSync fetches ten thousand messages (about 200 MB) from Dovecot
// into an empty store. head-ms is the time until the newest fifty are readable.
func BenchmarkFirstSync(b *testing.B) {
	server := mailtest.Dovecot(b, mailtest.Options{})
	user := server.NewUser(b)
	const messages = 10_000
	server.Load(b, user, mailtest.Corpus(messages, 2))
	server.Client(b, user).Do("STATUS INBOX (MESSAGES)") // let it index the new files
	debug.FreeOSMemory()
	for b.Loop() {
		s := openStore(b, filepath.Join(b.TempDir(), "account.db"))
		cfg := config(s, server.IMAP(), server.Address(user), user, server.Password(user))
		start := time.Now()
		var head time.Duration
		cfg.Status = func(st mail.Status) {
			if head == 0 && st.Done >= 50 {
				head = time.Since(start)
			}
		}
		if err := Sync(b.Context(), cfg); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(head.Milliseconds()), "head-ms")
		if n := findMailbox(b, s, "INBOX").TotalEmails; n != messages {
			b.Fatalf("%d messages, want %d", n, messages)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys>>20), "MB-sys")
	}
}
