package verify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/connect"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
)

// answerTimeout bounds the wait for each answer of the incoming server.
const answerTimeout = 30 * time.Second

// mostMailboxes bounds in how many mailboxes a message is looked for.
const mostMailboxes = 100

// A mailbox is the incoming half: a connection and which of its mailboxes are
// which.
type mailbox struct {
	session *connect.IMAPSession
	caps    imap.CapSet
	roles   map[mail.Role]string
	others  []string // without a role
}

func open(ctx context.Context, d *connect.Dialer, s mail.Server, c connect.Credentials) (*mailbox, error) {
	session, err := d.IMAP(ctx, s, c)
	if err != nil {
		return nil, err
	}
	m := &mailbox{session: session}
	err = m.do(ctx, func(client *imapclient.Client) (err error) {
		if m.caps, err = client.Capability().Wait(); err != nil {
			return err
		}
		var options *imap.ListOptions
		if m.caps.Has(imap.CapListExtended) && m.caps.Has(imap.CapSpecialUse) {
			options = &imap.ListOptions{ReturnSpecialUse: true}
		}
		list, err := client.List("", "*", options).Collect()
		m.roles, m.others = imapsync.Roles(list)
		return err
	})
	if err != nil {
		session.Close()
		return nil, err
	}
	return m, nil
}

func (m *mailbox) close() { m.session.Close() }

func (m *mailbox) do(ctx context.Context, f func(*imapclient.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	return m.session.Do(ctx, f)
}

// find returns the mailbox in which the message has arrived, "" for none yet.
// That it is among what was sent, or all mail, proves nothing. Everywhere means
// that it may have been filed by a rule.
func (m *mailbox) find(ctx context.Context, id string, everywhere bool) (string, error) {
	places := m.having(mail.RoleInbox, mail.RoleJunk)
	if everywhere {
		places = append(places, m.having(mail.RoleArchive)...)
		places = append(places, m.others[:min(len(m.others), mostMailboxes)]...)
	}
	for _, path := range places {
		uids, err := m.search(ctx, path, id, true)
		if err != nil {
			return "", err
		}
		if len(uids) > 0 {
			return path, nil
		}
	}
	return "", nil
}

// having returns the paths of the mailboxes with the roles that are there.
func (m *mailbox) having(roles ...mail.Role) []string {
	var paths []string
	for _, r := range roles {
		if path := m.roles[r]; path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

// search selects a mailbox and looks for the message. A mailbox that can't be
// opened doesn't hold it.
func (m *mailbox) search(ctx context.Context, path, id string, readOnly bool) ([]imap.UID, error) {
	var uids []imap.UID
	err := m.do(ctx, func(client *imapclient.Client) error {
		if _, err := client.Select(path, &imap.SelectOptions{ReadOnly: readOnly}).Wait(); err != nil {
			if isRefusal(err) && path != "INBOX" {
				return nil
			}
			return err
		}
		found, err := client.UIDSearch(&imap.SearchCriteria{
			Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}},
		}, nil).Wait()
		if err == nil {
			uids = found.AllUIDs()
		}
		return err
	})
	return uids, err
}

// remove removes every copy from where one may be, found among them, and
// reports whether none is left.
func (m *mailbox) remove(ctx context.Context, id, found string) (bool, error) {
	if err := m.trash(ctx, id); err != nil {
		return false, err
	}
	places := m.having(mail.RoleInbox, mail.RoleJunk, mail.RoleSent, mail.RoleAll, mail.RoleTrash)
	if found != "" && !slices.Contains(places, found) {
		places = append(places, found)
	}
	none := true
	for _, path := range places {
		uids, err := m.search(ctx, path, id, false)
		if err != nil {
			return false, err
		}
		if len(uids) == 0 {
			continue
		}
		removed, err := m.expunge(ctx, uids)
		if err != nil {
			return false, err
		}
		none = none && removed
	}
	return none, nil
}

// trash moves the message from all mail to the trash.
//
// QUIRK: Gmail keeps in All Mail what is expunged elsewhere; only what is
// expunged in the trash is gone. Moving it there takes it out of everything.
func (m *mailbox) trash(ctx context.Context, id string) error {
	all, trash := m.roles[mail.RoleAll], m.roles[mail.RoleTrash]
	if all == "" || trash == "" || !m.caps.Has(imap.CapMove) {
		return nil
	}
	uids, err := m.search(ctx, all, id, false)
	if err != nil || len(uids) == 0 {
		return err
	}
	return m.do(ctx, func(client *imapclient.Client) error {
		_, err := client.Move(imap.UIDSetNum(uids...), trash).Wait()
		return err
	})
}

// expunge removes messages of the selected mailbox, and no others, and reports
// whether it could: without UIDPLUS, EXPUNGE takes along whatever somebody else
// has marked \Deleted (RFC 9051 §6.4.3), so that it isn't used then.
func (m *mailbox) expunge(ctx context.Context, uids []imap.UID) (removed bool, err error) {
	err = m.do(ctx, func(client *imapclient.Client) error {
		set := imap.UIDSetNum(uids...)
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted, imap.FlagSeen}}
		if err := client.Store(set, flags, nil).Close(); err != nil {
			return err
		}
		if m.caps.Has(imap.CapUIDPlus) {
			removed = true
			return client.UIDExpunge(set).Close()
		}
		marked, err := client.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
		if err != nil || len(marked.AllUIDs()) != len(uids) {
			return err
		}
		removed = true
		return client.Expunge().Close()
	})
	return removed && err == nil, err
}

func isRefusal(err error) bool {
	var e *imap.Error
	return errors.As(err, &e) && e.Type != imap.StatusResponseTypeBye
}
