package compose

import (
	"bytes"
	"testing"
	"time"

	"waxwing/backend/connect"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
	"waxwing/backend/submission"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

// TestArrivesOctetForOctet submits all letters, one of them nearly as large as the
// server takes, and looks at what is delivered: what the servers on the way put in
// front, then the same octets.
func TestArrivesOctetForOctet(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.Options{Submission: true})
	sender := &submission.Sender{Dialer: &connect.Dialer{Timeout: time.Minute, Roots: s.Roots}}
	who := connect.Credentials{User: "alice", Password: s.Password("alice")}
	env := submission.Envelope{From: s.Address("alice"), To: []string{s.Address("bob")}}
	const limit = 24 << 20
	large := begun("17 MB", New(options()), "The film is attached.")
	large.attach(File{Name: "film.mp4", Type: "video/mp4", Content: noise(17, 17<<20)})
	sent := map[string][]byte{}
	for _, l := range append(letters(t), large) {
		raw := l.build(t)
		if len(raw) > limit {
			continue
		}
		sent[message.Parse(raw).MessageID] = raw
		if got := sender.Send(t.Context(), s.Submissions(), who, env, raw, nil); got.Outcome != submission.Sent {
			t.Fatalf("%s: %s, %v", l.name, got.Outcome, got.Problem)
		}
	}
	const most = 99 // a hundred but for those of 20 MB, and the large one
	if len(sent) != most {
		t.Fatalf("%d were sent, want %d", len(sent), most)
	}
	bob := s.Client(t, "bob")
	bob.WaitMessages("INBOX", most)
	for _, m := range bob.Fetch("INBOX") {
		id := message.Content(m.Raw).MessageID
		raw, ok := sent[id]
		delete(sent, id)
		if !ok || !bytes.HasSuffix(m.Raw, raw) {
			t.Errorf("%s arrives as\n%.3000q\nwant at its end\n%.3000q", id, m.Raw, raw)
		}
	}
	if len(sent) > 0 {
		t.Errorf("%d didn't arrive", len(sent))
	}
}
