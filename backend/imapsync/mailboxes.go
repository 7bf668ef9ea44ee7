package imapsync

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// listed is a mailbox as LIST tells of it.
type listed struct {
	path, delimiter string
	attrs           []imap.MailboxAttr
	selectable      bool
	subscribed      bool
	status          *imap.StatusData // nil when LIST didn't bring it
}

// list asks for all mailboxes, with their counts where that takes no further
// turn (RFC 5819).
func (s *session) list(ctx context.Context) ([]listed, error) {
	var options *imap.ListOptions
	extended := s.has(imap.CapListExtended)
	if extended || s.has(imap.CapListStatus) {
		options = &imap.ListOptions{ReturnSpecialUse: s.has(imap.CapSpecialUse), ReturnSubscribed: extended}
		if s.has(imap.CapListStatus) {
			options.ReturnStatus = s.statusItems()
		}
	}
	return s.listWith(ctx, options, extended)
}

// listNames asks for all mailboxes and nothing else about them.
func (s *session) listNames(ctx context.Context) ([]listed, error) {
	return s.listWith(ctx, nil, false)
}

func (s *session) listWith(ctx context.Context, options *imap.ListOptions, extended bool) ([]listed, error) {
	var answers []*imap.ListData
	err := s.do(ctx, func(c *imapclient.Client) (err error) {
		answers, err = s.collectList(c.List("", "*", options))
		return err
	})
	if err != nil {
		return nil, err
	}
	return withParents(listedOf(answers, extended)), nil
}

// namesOf tells lists of other mailboxes, or of others that can be selected, apart.
func namesOf(list []listed) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.path
		if !m.selectable {
			out[i] += m.delimiter
		}
	}
	slices.Sort(out)
	return out
}

// listedOf reads the answers to a LIST; extended says that they tell which
// mailboxes are subscribed.
func listedOf(answers []*imap.ListData, extended bool) []listed {
	var out []listed
	seen := map[string]bool{}
	for _, a := range answers {
		if seen[a.Mailbox] || a.Mailbox == "" || slices.Contains(a.Attrs, imap.MailboxAttrNonExistent) && !hasChildren(a) {
			continue
		}
		seen[a.Mailbox] = true
		m := listed{
			path: a.Mailbox, attrs: a.Attrs, status: a.Status,
			selectable: !slices.Contains(a.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(a.Attrs, imap.MailboxAttrNonExistent),
			subscribed: !extended || slices.Contains(a.Attrs, imap.MailboxAttrSubscribed),
		}
		if a.Delim != 0 {
			m.delimiter = string(a.Delim)
		}
		out = append(out, m)
	}
	if !seen["INBOX"] {
		// RFC 9051 §5.1 promises it; some servers hide it from LIST.
		out = append(out, listed{path: "INBOX", selectable: true, subscribed: true})
	}
	return out
}

// maxLevels is how deep a mailbox may lie for its missing parents to be made up;
// deeper ones are a mistake or malice.
const maxLevels = 32

// withParents adds the mailboxes that others of the list lie in and that LIST
// doesn't tell of: servers need not list what is no mailbox itself (RFC 9051
// §6.3.9.6). They can't be selected.
func withParents(list []listed) []listed {
	known := make(map[string]bool, len(list))
	for _, m := range list {
		known[m.path] = true
	}
	out := slices.Clip(list)
	for _, m := range list {
		if m.delimiter == "" || strings.Count(m.path, m.delimiter) > maxLevels {
			continue
		}
		for path := m.path; ; {
			end := strings.LastIndex(path, m.delimiter)
			if end <= 0 {
				break
			}
			path = path[:end]
			if strings.EqualFold(path, "INBOX") || strings.HasSuffix(path, m.delimiter) || known[path] {
				continue
			}
			known[path] = true
			out = append(out, listed{path: path, delimiter: m.delimiter, subscribed: true})
		}
	}
	return out
}

// maxMailboxes is more than anybody has: what a server may make us remember.
const maxMailboxes = 20_000

// collectList reads the answers to a LIST.
func (s *session) collectList(command *imapclient.ListCommand) ([]*imap.ListData, error) {
	var out []*imap.ListData
	for data := command.Next(); data != nil; data = command.Next() {
		if len(out) == maxMailboxes {
			return nil, s.breakOff("LIST tells of too many mailboxes", command.Close)
		}
		out = append(out, data)
	}
	return out, command.Close()
}

func hasChildren(a *imap.ListData) bool {
	return slices.Contains(a.Attrs, imap.MailboxAttrHasChildren)
}

func (s *session) statusItems() *imap.StatusOptions {
	return &imap.StatusOptions{
		NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true,
		HighestModSeq: s.has(imap.CapCondStore),
	}
}

// statuses asks for the counts of mailboxes, several at a time, and returns them
// and what was refused, by path.
func (s *session) statuses(ctx context.Context, paths []string) (told map[string]*imap.StatusData, refused map[string]*imap.Error, err error) {
	told, refused = map[string]*imap.StatusData{}, map[string]*imap.Error{}
	for window := range slices.Chunk(paths, statusWindow) {
		err := s.do(ctx, func(c *imapclient.Client) error {
			commands := make([]*imapclient.StatusCommand, len(window))
			for i, path := range window {
				commands[i] = c.Status(path, s.statusItems())
			}
			var broke error
			for i, command := range commands {
				data, err := command.Wait()
				if refusal, ok := status(err); ok {
					refused[window[i]] = refusal
				} else if err != nil {
					broke = err
				} else {
					told[window[i]] = data
				}
			}
			return broke
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return told, refused, nil
}

// remoteMailboxes is the list as the store keeps it.
func remoteMailboxes(list []listed) []store.RemoteMailbox {
	roles := assignRoles(list)
	out := make([]store.RemoteMailbox, len(list))
	for i, m := range list {
		out[i] = store.RemoteMailbox{
			Path: m.path, Delimiter: m.delimiter, Role: roles[i],
			Selectable: m.selectable, Subscribed: m.subscribed,
		}
	}
	return out
}

// roleOrder is the order in which mailboxes are synchronised.
var roleOrder = []mail.Role{
	mail.RoleInbox, mail.RoleSent, mail.RoleDrafts, mail.RoleArchive,
	mail.RoleNone, mail.RoleJunk, mail.RoleTrash, mail.RoleAll,
}

// inOrder returns the mailboxes that can be synchronised, the most wanted first.
//
// QUIRK: Gmail's "All Mail" (role all) holds every message
// of every label once more. It comes last, so that it delays nothing; its
// messages are fetched like any other mailbox's, since nothing that go-imap can
// ask for tells that two UIDs are the same message.
func inOrder(list []mail.Mailbox) []mail.Mailbox {
	out := slices.DeleteFunc(slices.Clone(list), func(m mail.Mailbox) bool { return !m.Selectable })
	slices.SortStableFunc(out, func(a, b mail.Mailbox) int {
		return cmp.Or(
			cmp.Compare(slices.Index(roleOrder, a.Role), slices.Index(roleOrder, b.Role)),
			strings.Compare(a.Path, b.Path))
	})
	return out
}
