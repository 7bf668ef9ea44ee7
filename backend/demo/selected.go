package demo

import (
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Expunge removes what is marked \Deleted; the client learns of it by the poll
// that follows every command. In a mailbox opened by EXAMINE nothing happens
// and no error is given (RFC 9051 §6.4.1).
func (s *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if s.view.readOnly {
		return nil
	}
	named := func(imap.UID) bool { return true }
	if uids != nil {
		contains := s.view.resolve(*uids)
		named = func(uid imap.UID) bool { return contains(0, uid) }
	}
	s.view.box.expunge(func(m *message) bool { return m.has(imap.FlagDeleted) && named(m.uid) })
	return nil
}

// Store changes flags and answers with the new ones unless asked not to.
func (s *session) Store(w *imapserver.FetchWriter, set imap.NumSet, change *imap.StoreFlags, _ *imap.StoreOptions) error {
	answers, err := s.store(set, change)
	if err != nil {
		return err
	}
	for _, a := range answers {
		r := w.CreateMessage(a.number)
		r.WriteUID(a.uid)
		r.WriteFlags(a.flags)
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) store(set imap.NumSet, change *imap.StoreFlags) ([]flagUpdate, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if s.view.readOnly {
		return nil, refuse(imap.ResponseCodeNoPerm, "mailbox is read-only")
	}
	var answers []flagUpdate
	changed := false
	s.view.pick(set, func(number uint32, e *entry) {
		m := e.message
		known := e.version == m.version
		if m.setFlags(change.Op, change.Flags) {
			changed = true
		}
		if !change.Silent {
			answers = append(answers, flagUpdate{number, m.uid, m.flagList()})
		}
		if known || !change.Silent {
			e.version = m.version // told, or known to the one who asked for it
		}
	})
	if changed {
		s.account.notify()
	}
	return answers, nil
}

// Copy and Move answer with COPYUID (RFC 4315 §3).

func (s *session) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	return s.transfer(set, dest, false)
}

func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	data, err := s.transfer(set, dest, true)
	if err != nil || data == nil {
		return err
	}
	return w.WriteCopyData(data)
}

// transfer copies messages, and expunges the originals when moving. It happens
// as a whole or not at all. Without any message there is no COPYUID.
func (s *session) transfer(set imap.NumSet, dest string, move bool) (*imap.CopyData, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	to, err := s.account.target(dest)
	if err != nil {
		return nil, err
	}
	if move && s.view.readOnly {
		return nil, refuse(imap.ResponseCodeNoPerm, "mailbox is read-only")
	}
	data := &imap.CopyData{UIDValidity: to.validity}
	moved := make(map[*message]bool)
	s.view.pick(set, func(_ uint32, e *entry) {
		m := e.message
		if m.gone {
			return
		}
		moved[m] = true
		data.SourceUIDs.AddNum(m.uid)
		data.DestUIDs.AddNum(to.add(m.raw, m.date, m.flagList()).uid)
	})
	if len(moved) == 0 {
		return nil, nil
	}
	if move {
		s.view.box.expunge(func(m *message) bool { return moved[m] })
	}
	return data, nil
}
