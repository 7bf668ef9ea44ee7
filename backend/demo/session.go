package demo

import (
	"crypto/subtle"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// session is one IMAP connection. go-imap calls it from one goroutine, except
// that Idle may still run while Close does.
type session struct {
	server  *Server
	account *account
	view    *view // nil without a selected mailbox; guarded by account.mu
}

var _ imapserver.SessionIMAP4rev2 = (*session)(nil)

// capabilities are what go-imap's server doesn't offer by itself.
var capabilities = imap.CapSet{
	imap.CapIMAP4rev1:        {},
	imap.CapNamespace:        {},
	imap.CapUIDPlus:          {},
	imap.CapESearch:          {},
	imap.CapListExtended:     {},
	imap.CapListStatus:       {},
	imap.CapMove:             {},
	imap.CapStatusSize:       {},
	imap.CapChildren:         {},
	imap.CapSpecialUse:       {},
	imap.CapCreateSpecialUse: {},
	imap.CapLiteralPlus:      {},
}

func (s *session) Close() error { return s.Unselect() }

func (s *session) Login(user, password string) error {
	if !s.server.signIn(user, password) {
		return imapserver.ErrAuthFailed
	}
	return nil
}

// signIn compares in constant time.
func (s *Server) signIn(user, password string) bool {
	a := subtle.ConstantTimeCompare([]byte(user), []byte(s.User))
	b := subtle.ConstantTimeCompare([]byte(password), []byte(s.Password))
	return a&b == 1
}

func (s *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	b, err := s.account.box(name)
	if err != nil {
		return nil, err
	}
	s.view = newView(b, options.ReadOnly)
	data := &imap.SelectData{
		Flags:       b.knownFlags(),
		NumMessages: uint32(len(b.messages)),
		UIDNext:     b.uidNext,
		UIDValidity: b.validity,
	}
	if !options.ReadOnly {
		data.PermanentFlags = append(b.knownFlags(), imap.FlagWildcard)
	}
	for i, m := range b.messages {
		if !m.has(imap.FlagSeen) {
			data.FirstUnseenSeqNum = uint32(i + 1)
			break
		}
	}
	return data, nil
}

func (s *session) Unselect() error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	s.view = nil
	return nil
}

func (s *session) Create(name string, options *imap.CreateOptions) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	return s.account.create(name, options.SpecialUse)
}

func (s *session) Delete(name string) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	return s.account.remove(name)
}

func (s *session) Rename(from, to string, _ *imap.RenameOptions) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	return s.account.rename(from, to)
}

func (s *session) Subscribe(name string) error   { return s.subscribe(name, true) }
func (s *session) Unsubscribe(name string) error { return s.subscribe(name, false) }

func (s *session) subscribe(name string, to bool) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	b, err := s.account.box(name)
	if err != nil {
		return err
	}
	b.subscribed = to
	return nil
}

func (s *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: delimiter}}}, nil
}

func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 { // asks for the delimiter (RFC 9051 §6.3.9)
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	for _, data := range s.list(ref, patterns, options) {
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) list(ref string, patterns []string, options *imap.ListOptions) []*imap.ListData {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	var list []*imap.ListData
	for _, b := range s.account.sorted() {
		if options.SelectSubscribed && !b.subscribed || options.SelectSpecialUse && len(b.use) == 0 {
			continue
		}
		for _, pattern := range patterns {
			if imapserver.MatchList(b.name, delimiter, ref, pattern) {
				list = append(list, s.account.listData(b, options))
				break
			}
		}
	}
	return list
}

// listData describes a mailbox; SPECIAL-USE attributes are given in every
// answer, as RFC 6154 §2 allows.
func (a *account) listData(b *mailbox, options *imap.ListOptions) *imap.ListData {
	data := &imap.ListData{Mailbox: b.name, Delim: delimiter}
	if a.children(b.name) {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasChildren)
	} else {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasNoChildren)
	}
	if b.subscribed && (options.ReturnSubscribed || options.SelectSubscribed) {
		data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
	}
	data.Attrs = append(data.Attrs, b.use...)
	if options.ReturnStatus != nil {
		data.Status = b.status(options.ReturnStatus)
	}
	return data
}

func (s *session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	b, err := s.account.box(name)
	if err != nil {
		return nil, err
	}
	return b.status(options), nil
}

func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	b, err := s.account.target(name)
	if err != nil {
		return nil, err
	}
	date := options.Time
	if date.IsZero() {
		date = s.account.now()
	}
	m := b.add(raw, date, options.Flags)
	return &imap.AppendData{UID: m.uid, UIDValidity: b.validity}, nil
}

func (s *session) Poll(w *imapserver.UpdateWriter, expunges bool) error {
	updates, _ := s.news(expunges)
	for _, u := range updates {
		if err := u.write(w); err != nil {
			return err
		}
	}
	return nil
}

// news returns what the client is to be told, and a channel that is closed by
// the next change after that: nothing can happen between the two.
func (s *session) news(expunges bool) ([]update, <-chan struct{}) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if s.view == nil {
		return nil, s.account.changed
	}
	return s.view.news(expunges), s.account.changed
}

func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		updates, changed := s.news(true)
		for _, u := range updates {
			if err := u.write(w); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		}
	}
}
