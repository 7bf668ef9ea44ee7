package app

import (
	"reflect"
	"testing"
	"time"

	"waxwing/backend/autoconfig"
	"waxwing/backend/mail"
)

func TestOperations(t *testing.T) {
	full := &mail.Error{Code: mail.CodeQuota, Server: "NO [OVERQUOTA]"}
	at := time.UnixMilli(1_700_000_000_000)
	messages := []mail.MessageID{7, 8}
	cases := []struct {
		name string
		in   mail.Operation
		want Operation
	}{
		{
			"a move that was refused",
			mail.Operation{
				ID: 3, State: mail.OperationRefused, CreatedAt: at, Attempts: 2, Problem: full,
				Change: mail.Change{Messages: messages, Move: &mail.MoveChange{From: 1, To: 5}},
			},
			Operation{
				ID: "a1-o3", Account: "a1", Kind: "move", Messages: 2, Mailbox: "a1-b5",
				Add: []string{}, Remove: []string{}, State: "refused", CreatedAt: at.UnixMilli(), Attempts: 2,
				Problem: &Problem{Code: "quota", Args: map[string]string{}, Server: "NO [OVERQUOTA]"},
			},
		},
		{
			"keywords that wait",
			mail.Operation{
				ID: 4, State: mail.OperationPending, CreatedAt: at,
				Change: mail.Change{Messages: messages[:1], Keywords: &mail.KeywordChange{
					Add: []mail.Keyword{mail.KeywordSeen}, Remove: []mail.Keyword{mail.KeywordFlagged},
				}},
			},
			Operation{
				ID: "a1-o4", Account: "a1", Kind: "keywords", Messages: 1,
				Add: []string{"$seen"}, Remove: []string{"$flagged"}, State: "pending", CreatedAt: at.UnixMilli(),
			},
		},
		{
			"a deletion on its way",
			mail.Operation{
				ID: 5, State: mail.OperationStarted,
				Change: mail.Change{Messages: messages, Destroy: &mail.DestroyChange{}},
			},
			Operation{
				ID: "a1-o5", Account: "a1", Kind: "destroy", Messages: 2,
				Add: []string{}, Remove: []string{}, State: "started",
			},
		},
		{
			"a message put into a mailbox",
			mail.Operation{
				ID: 6, State: mail.OperationPending,
				Change: mail.Change{Messages: messages[:1], Append: &mail.AppendChange{To: 3}},
			},
			Operation{
				ID: "a1-o6", Account: "a1", Kind: "append", Messages: 1, Mailbox: "a1-b3",
				Add: []string{}, Remove: []string{}, State: "pending",
			},
		},
	}
	for _, c := range cases {
		if got := toOperation(1, c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestDiscoveryKeepsFurtherServers(t *testing.T) {
	candidate := func(host string) autoconfig.Candidate {
		return autoconfig.Candidate{Server: mail.Server{Host: host, Port: 993, Security: mail.SecurityTLS}}
	}
	found := toDiscovery(autoconfig.Answer{
		IMAP: []autoconfig.Candidate{candidate("a"), candidate("b"), candidate("c")},
		SMTP: []autoconfig.Candidate{candidate("d")},
	})
	want := []Server{{Host: "b", Port: 993, Security: "tls"}, {Host: "c", Port: 993, Security: "tls"}}
	if !reflect.DeepEqual(found.MoreIMAP, want) || found.MoreSMTP == nil || len(found.MoreSMTP) > 0 {
		t.Errorf("further servers %+v and %+v, want %+v and none", found.MoreIMAP, found.MoreSMTP, want)
	}
	if none := toDiscovery(autoconfig.Answer{}); none.MoreIMAP == nil || len(none.MoreIMAP) > 0 {
		t.Errorf("further servers of no answer: %+v", none.MoreIMAP)
	}
}
