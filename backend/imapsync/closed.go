package imapsync

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
)

// close remembers that the server didn't let us into a mailbox.
func (y *syncer) close(m mail.Mailbox, refusal *imap.Error) {
	y.log.Warn("mailbox refused", "mailbox", int64(m.ID), "code", string(refusal.Code), "text", refusal.Text)
	y.closed[m.Path] = refusal
}

// keepClosed forgets what is known of mailboxes that aren't there any more.
func (y *syncer) keepClosed(list []mail.Mailbox) {
	for path := range y.closed {
		if !slices.ContainsFunc(list, func(m mail.Mailbox) bool { return m.Path == path && m.Selectable }) {
			delete(y.closed, path)
		}
	}
}

// closedProblem tells of the mailboxes that the server didn't let us into, in the
// server's words about the first; nil when there are none.
func (y *syncer) closedProblem() *mail.Error {
	if len(y.closed) == 0 {
		return nil
	}
	var paths []string
	for path := range y.closed {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	refusal := y.closed[paths[0]]
	return &mail.Error{
		Code:   mail.CodeServerRefused,
		Args:   map[string]string{"host": y.cfg.Account.IMAP.Host, "mailbox": strings.Join(paths, ", ")},
		Server: refusal.Text,
		Err:    refusal,
	}
}
