package engine

import (
	"fmt"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/message"
	"waxwing/backend/store"
)

// post stores a message between two people, so many days old.
func post(t *testing.T, e *Engine, id mail.AccountID, box mail.MailboxID, uid mail.UID, from, to string, days int) {
	t.Helper()
	db, err := e.Store(id)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
	raw := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %d\r\nMessage-ID: <%d@x.example>\r\nDate: %s\r\n\r\nx\r\n",
		from, to, uid, uid, at.Format(time.RFC1123Z))
	in := store.Prepare(store.Incoming{UID: uid, ReceivedAt: at, Size: int64(len(raw)), Content: message.Content(raw)}, raw)
	if _, _, err := db.Commit(t.Context(), store.Batch{Mailbox: box, Incoming: []store.Incoming{in}}); err != nil {
		t.Fatal(err)
	}
}

// TestCorrespondents offers whom the person writes to before who only writes to them,
// whom they wrote to lately before those of long ago, and nobody of the junk.
func TestCorrespondents(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	boxes := fill(t, e, id, usual)
	inbox, junk := boxes["INBOX"], boxes["Junk"]
	me := "Ann <ann@example.org>"
	post(t, e, id, inbox, 1, me, "Tomás Herrera <th@stone.example>, ann@example.org", 400)
	post(t, e, id, inbox, 2, me, "Tom Barker <tb@wood.example>", 2)
	for uid := mail.UID(10); uid < 20; uid++ {
		post(t, e, id, inbox, uid, "Tombola <news@luck.example>", me, 1)
	}
	post(t, e, id, junk, 30, "Tomcat <t@junk.example>", me, 1)
	post(t, e, id, inbox, 31, "\"TB\" <tb@wood.example>", me, 1)

	for prefix, want := range map[string][]string{
		"tom":           {"th@stone.example", "news@luck.example"},
		"Tomas":         {"th@stone.example"},
		"herr":          {"th@stone.example"},
		"her tom":       {"th@stone.example"},
		"wood":          {"tb@wood.example"},
		"TB@":           {"tb@wood.example"},
		"ann":           {},
		"x":             {},
		"":              {},
		"stone.example": {"th@stone.example"},
	} {
		list, err := e.Correspondents(t.Context(), prefix, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, c.Email)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q offers %v, want %v", prefix, got, want)
		}
	}
	list, err := e.Correspondents(t.Context(), "wood", 10)
	if err != nil || len(list) != 1 || list[0].Name != "TB" || list[0].Written != 1 || list[0].Received != 1 {
		t.Errorf("the one who is called otherwise now: %+v, %v", list, err)
	}
	if list, err := e.Correspondents(t.Context(), "t", 1); err != nil || len(list) != 1 || list[0].Email != "tb@wood.example" {
		t.Errorf("the likeliest is %+v, %v", list, err)
	}
}
