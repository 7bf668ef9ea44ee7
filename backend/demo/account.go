package demo

import (
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
)

// delimiter separates the levels of mailbox names.
const delimiter = '/'

// inboxName is the one name that is case-insensitive (RFC 9051 §5.1).
const inboxName = "INBOX"

// account is everything the person has on the server. mu guards it, its
// mailboxes, their messages and every session's view of them.
type account struct {
	base time.Time
	now  func() time.Time

	mu       sync.Mutex
	boxes    map[string]*mailbox
	validity uint32        // the highest UIDVALIDITY given out
	changed  chan struct{} // closed and replaced after every change
}

func newAccount(base time.Time, now func() time.Time) *account {
	a := &account{
		base:     base,
		now:      now,
		boxes:    make(map[string]*mailbox),
		validity: uint32(base.Unix()),
		changed:  make(chan struct{}),
	}
	a.boxes[inboxName] = a.newMailbox(inboxName, a.validity)
	return a
}

// canonical returns the name under which a mailbox is kept.
func canonical(name string) string {
	name = strings.TrimSuffix(name, string(delimiter))
	if strings.EqualFold(name, inboxName) {
		return inboxName
	}
	return name
}

// notify wakes whoever waits for a change. The caller holds mu.
func (a *account) notify() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// nextUID returns the lowest UID that may be given out now. It is past those of
// the sample mail and grows with time, so that a process started later never
// repeats one. The caller holds mu.
func (a *account) nextUID() imap.UID {
	const afterSample = 1000
	since := a.now().Sub(a.base)
	if since < 0 {
		since = 0
	}
	return imap.UID(afterSample + uint32(since/time.Millisecond))
}

// box finds a mailbox. The caller holds mu.
func (a *account) box(name string) (*mailbox, error) {
	if b := a.boxes[canonical(name)]; b != nil {
		return b, nil
	}
	return nil, refuse(imap.ResponseCodeNonExistent, "no such mailbox")
}

// target finds a mailbox to put messages into; RFC 9051 §6.3.12 wants TRYCREATE
// when there is none. The caller holds mu.
func (a *account) target(name string) (*mailbox, error) {
	if b := a.boxes[canonical(name)]; b != nil {
		return b, nil
	}
	return nil, refuse(imap.ResponseCodeTryCreate, "no such mailbox")
}

// sorted lists the mailboxes by name, INBOX first. The caller holds mu.
func (a *account) sorted() []*mailbox {
	list := make([]*mailbox, 0, len(a.boxes))
	for _, b := range a.boxes {
		list = append(list, b)
	}
	sort.Slice(list, func(i, j int) bool {
		if (list[i].name == inboxName) != (list[j].name == inboxName) {
			return list[i].name == inboxName
		}
		return list[i].name < list[j].name
	})
	return list
}

// children reports whether name has mailboxes below it. The caller holds mu.
func (a *account) children(name string) bool {
	for other := range a.boxes {
		if strings.HasPrefix(other, name+string(delimiter)) {
			return true
		}
	}
	return false
}

// create makes a mailbox and the parents that it lacks. The caller holds mu.
func (a *account) create(name string, use []imap.MailboxAttr) error {
	name = canonical(name)
	if name == "" || strings.Contains(name, "//") || strings.HasPrefix(name, "/") {
		return refuse(imap.ResponseCodeCannot, "not a usable mailbox name")
	}
	if a.boxes[name] != nil {
		return refuse(imap.ResponseCodeAlreadyExists, "mailbox exists")
	}
	for i, r := range name {
		if r == delimiter && a.boxes[name[:i]] == nil {
			a.boxes[name[:i]] = a.newMailbox(name[:i], a.freshValidity())
		}
	}
	b := a.newMailbox(name, a.freshValidity())
	b.use = use
	a.boxes[name] = b
	a.notify()
	return nil
}

// freshValidity returns a UIDVALIDITY that no mailbox ever had: a mailbox
// created again under an old name must not repeat its own (RFC 9051 §6.3.4).
func (a *account) freshValidity() uint32 {
	a.validity = max(a.validity+1, uint32(a.now().Unix()))
	return a.validity
}

// remove deletes a mailbox with its messages. The caller holds mu.
func (a *account) remove(name string) error {
	b, err := a.box(name)
	if err != nil {
		return err
	}
	if b.name == inboxName {
		return refuse(imap.ResponseCodeCannot, "INBOX can't be deleted")
	}
	if a.children(b.name) {
		return refuse(imap.ResponseCodeHasChildren, "mailbox has children")
	}
	b.expunge(func(*message) bool { return true })
	delete(a.boxes, b.name)
	a.notify()
	return nil
}

// rename gives a mailbox and those below it a new name. Renaming INBOX moves
// its messages and leaves it empty (RFC 9051 §6.3.6). The caller holds mu.
func (a *account) rename(from, to string) error {
	b, err := a.box(from)
	if err != nil {
		return err
	}
	to = canonical(to)
	if strings.HasPrefix(to, b.name+string(delimiter)) {
		return refuse(imap.ResponseCodeCannot, "a mailbox can't be moved into itself")
	}
	if b.name == inboxName {
		if err := a.create(to, nil); err != nil {
			return err
		}
		for _, m := range b.messages {
			a.boxes[to].add(m.raw, m.date, m.flagList())
		}
		b.expunge(func(*message) bool { return true })
		a.notify()
		return nil
	}
	if err := a.create(to, nil); err != nil { // checks the name, makes the parents
		return err
	}
	old := b.name
	for name, each := range a.boxes {
		if name == old || strings.HasPrefix(name, old+string(delimiter)) {
			delete(a.boxes, name)
			each.name = to + name[len(old):]
			a.boxes[each.name] = each
		}
	}
	a.notify()
	return nil
}

// refuse is a tagged NO with a response code (RFC 9051 §7.1).
func refuse(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}
