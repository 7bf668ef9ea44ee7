package engine

import (
	"context"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// A View names a list of threads: one mailbox, or a joint view of all accounts.
type View struct {
	Mailbox mail.Ref // of kind RefMailbox; the zero Ref for a joint view
	Joint   JointView
}

// JointView is a list across all accounts.
type JointView string

// The joint views, by the names that the screen uses.
const (
	ViewInboxes JointView = "inboxes" // every inbox
	ViewUnread  JointView = "unread"  // unread anywhere but in junk and trash
	ViewFlagged JointView = "flagged" // flagged anywhere but in junk and trash
	ViewDrafts  JointView = "drafts"  // every drafts mailbox
)

// ParseView reads a mailbox's Ref or the name of a joint view.
func ParseView(s string) (View, error) {
	switch j := JointView(s); j {
	case ViewInboxes, ViewUnread, ViewFlagged, ViewDrafts:
		return View{Joint: j}, nil
	}
	ref, err := mail.ParseRef(s, mail.RefMailbox)
	return View{Mailbox: ref}, err
}

// Filter narrows a view. The zero value takes everything.
type Filter struct {
	Unread, Flagged, Attachments bool
	ToMe                         bool // addressed to the account's own address
}

// ThreadRow is one row of a list, with where it comes from.
type ThreadRow struct {
	Account mail.AccountID
	// Mailbox is the one that the row is seen in; 0 for a row of a view or
	// search across mailboxes.
	Mailbox mail.MailboxID
	mail.ThreadSummary
}

// ThreadPage is a page of a view, newest first, and the number of all its rows.
type ThreadPage struct {
	Total   int
	Threads []ThreadRow
}

// Threads returns the rows offset … offset+limit-1 of a view. limit is at most
// 500. An account whose store can't be read is left out of a joint view.
func (e *Engine) Threads(ctx context.Context, v View, f Filter, offset, limit int) (ThreadPage, error) {
	offset, limit = max(offset, 0), min(max(limit, 1), maxPage)
	if v.Joint == "" {
		a, err := e.account(v.Mailbox.Account)
		if err != nil {
			return ThreadPage{}, err
		}
		l, err := a.list(mail.MailboxID(v.Mailbox.N), f)
		if err != nil {
			return ThreadPage{}, err
		}
		return l.page(ctx, offset, limit)
	}
	var lists []list
	for _, a := range e.all() {
		l, shown, err := a.joint(ctx, v.Joint, f)
		if ctx.Err() != nil {
			return ThreadPage{}, ctx.Err()
		}
		if err != nil {
			e.log.Warn("account left out of a view", "account", a.id, "view", v.Joint, "error", err)
			continue
		}
		if shown {
			lists = append(lists, l)
		}
	}
	return mergePages(ctx, lists, offset, limit)
}

// joint returns the account's share of a joint view; shown is false when it
// has none.
func (a *account) joint(ctx context.Context, v JointView, f Filter) (l list, shown bool, err error) {
	role := mail.RoleNone
	switch v {
	case ViewInboxes:
		role = mail.RoleInbox
	case ViewDrafts:
		role = mail.RoleDrafts
	case ViewUnread:
		f.Unread = true
	case ViewFlagged:
		f.Flagged = true
	}
	var box mail.MailboxID
	if role != mail.RoleNone {
		db, err := a.store()
		if err != nil {
			return list{}, false, err
		}
		roles, err := rolesOf(ctx, db)
		if err != nil || roles[role] == 0 {
			return list{}, false, err
		}
		box = roles[role]
	}
	l, err = a.list(box, f)
	return l, err == nil, err
}

// list returns the sorted list of the threads in a mailbox, or with mailbox 0
// in all of them but junk and trash.
func (a *account) list(box mail.MailboxID, f Filter) (list, error) {
	db, err := a.store()
	if err != nil {
		return list{}, err
	}
	query := store.ThreadQuery{
		Mailbox: box,
		Filter:  store.Filter{Unread: f.Unread, Flagged: f.Flagged, Attachments: f.Attachments},
	}
	if f.ToMe {
		query.Filter.To = a.current().Email
	}
	return list{account: a.id, mailbox: box, fetch: func(ctx context.Context, offset, limit int) (store.ThreadPage, error) {
		q := query
		q.Offset, q.Limit = offset, limit
		return db.Threads(ctx, q)
	}}, nil
}
