package mailtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// corpusDigest is the SHA-256 of all octets of Corpus(300, 7). Whoever changes
// the generator changes it knowingly: recorded benchmarks compare only with
// the same corpus.
const corpusDigest = "5a4df87b8def7c92df19eb8d1d9afafc81ad372d262b708ddacd17a2e3838451"

func TestCorpusIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	digest := func(seed uint64) string {
		h := sha256.New()
		for m := range Corpus(300, seed) {
			h.Write(m.Raw)
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	if got := digest(7); got != corpusDigest {
		t.Errorf("digest of Corpus(300, 7) = %s, want %s", got, corpusDigest)
	}
	if digest(8) == corpusDigest {
		t.Error("another seed gives the same corpus")
	}
}

func TestCorpusTruth(t *testing.T) {
	t.Parallel()
	const n = 2000
	kinds, languages, charsets := map[Kind]int{}, map[string]int{}, map[string]bool{}
	threads := map[int]int{}
	ids := map[string]int{} // thread by Message-ID
	var octets, markers, phrases, total int
	for m := range Corpus(n, 3) {
		total++
		octets += len(m.Raw)
		if bytes.Count(m.Raw, []byte("\n")) != bytes.Count(m.Raw, []byte("\r\n")) || bytes.Count(m.Raw, []byte("\r")) != bytes.Count(m.Raw, []byte("\r\n")) {
			t.Errorf("message %s has bare CR or LF", m.Truth.MessageID)
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(m.Raw))
		if err != nil {
			t.Fatalf("message %s: %v", m.Truth.MessageID, err)
		}
		if got, want := parsed.Header.Get("Message-ID"), "<"+m.Truth.MessageID+">"; got != want {
			t.Errorf("Message-ID = %s, want %s", got, want)
		}
		if date, err := parsed.Header.Date(); err != nil || !date.Equal(m.Truth.SentAt) {
			t.Errorf("Date of %s = %v, %v, want %v", m.Truth.MessageID, date, err, m.Truth.SentAt)
		}
		if _, seen := ids[m.Truth.MessageID]; seen {
			t.Errorf("Message-ID %s comes twice", m.Truth.MessageID)
		}
		ids[m.Truth.MessageID] = m.Truth.Thread
		if parent := m.Truth.InReplyTo; parent != "" && ids[parent] != m.Truth.Thread {
			t.Errorf("%s is in thread %d, the message it answers in %d", m.Truth.MessageID, m.Truth.Thread, ids[parent])
		}
		kinds[m.Truth.Kind]++
		languages[m.Truth.Language]++
		charsets[m.Truth.Charset] = true
		threads[m.Truth.Thread]++
		if m.Truth.Marker {
			markers++
		}
		if m.Truth.Phrase {
			phrases++
		}
		if m.Truth.Kind == KindAttachment && len(m.Truth.Attachments) == 0 {
			t.Errorf("%s has no attachment", m.Truth.MessageID)
		}
	}
	if total != n || markers != markerCount || phrases == 0 {
		t.Errorf("%d messages, %d with the marker, %d with the phrase; want %d, %d, some", total, markers, phrases, n, markerCount)
	}
	if average := octets / n; average < 15_000 || average > 28_000 {
		t.Errorf("average size = %d octets, want about 20,000", average)
	}
	if len(kinds) != len(kindShares) || len(languages) != 10 || len(charsets) < 14 {
		t.Errorf("%d kinds %v, %d languages %v, %d charsets %v", len(kinds), kinds, len(languages), languages, len(charsets), charsets)
	}
	if len(threads) < n/3 || len(threads) > n*9/10 {
		t.Errorf("%d messages in %d threads, want some of both", n, len(threads))
	}
	t.Logf("average %d octets, %d threads, kinds %v, languages %v", octets/n, len(threads), kinds, languages)
}

// TestCorpusTextCanBeFound reads plain 7-bit messages and finds what Truth says.
func TestCorpusTextCanBeFound(t *testing.T) {
	t.Parallel()
	for m := range Corpus(1000, 5) {
		if m.Truth.Kind != KindPlain || !bytes.Contains(m.Raw, []byte("Transfer-Encoding: 7bit")) || m.Truth.InReplyTo != "" {
			continue
		}
		if got := strings.Contains(string(m.Raw), CorpusMarker); got != m.Truth.Marker {
			t.Errorf("%s contains the marker: %v, want %v", m.Truth.MessageID, got, m.Truth.Marker)
		}
	}
}

func TestCorpusOnDovecot(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	user := s.NewUser(t)
	messages := slices.Collect(Corpus(300, 1))
	if got := s.Load(t, user, slices.Values(messages)); got != len(messages) {
		t.Fatalf("Load = %d, want %d", got, len(messages))
	}
	inbox := s.Snapshot(t, user)["INBOX"]
	uids := make([]int, 0, len(inbox))
	for uid := range inbox {
		uids = append(uids, int(uid))
	}
	slices.Sort(uids)
	if len(uids) != len(messages) {
		t.Fatalf("the server holds %d messages, want %d", len(uids), len(messages))
	}
	for i, m := range messages {
		got := inbox[mail.UID(i+1)]
		if !bytes.Equal(got.Raw, m.Raw) {
			t.Errorf("UID %d differs from message %d (%s, %s)", i+1, i, m.Truth.MessageID, m.Truth.Kind)
		}
		want := slices.Sorted(slices.Values(m.Flags))
		if !slices.Equal(got.Flags, want) {
			t.Errorf("flags of UID %d = %v, want %v", i+1, got.Flags, want)
		}
	}
}
