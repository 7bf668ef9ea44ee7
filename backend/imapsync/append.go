package imapsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// errAwaited means that the server is expected to file a message by itself, and
// hasn't done so yet.
var errAwaited = errors.New("imapsync: the server files this message by itself")

// An interrupted error means that the connection broke while a message was given to
// the server.
type interrupted struct{ error }

func (i interrupted) Unwrap() error { return i.error }

// append puts a message into the selected mailbox, unless it is there. What was begun
// before may have come to its end, and a server may file messages by itself, so that
// the message is always looked for first.
func (y *syncer) append(ctx context.Context, t task) (result, error) {
	w := t.works[0]
	j, err := readJournal(w)
	if err != nil {
		return result{}, err
	}
	if j.Validity != t.validity {
		j = journal{Step: stepAppend, Validity: t.validity, Next: max(uint32(y.s.selected.UIDNext), 1)}
	}
	found, err := y.findAppended(ctx, w, j)
	if err != nil || found.UID != 0 {
		return y.filed(ctx, t, found, err)
	}
	if w.Append.Awaited && w.Attempts < y.cfg.limits.awaited {
		return result{}, errAwaited
	}
	raw, err := y.cfg.Store.Raw(ctx, w.Append.Message)
	if mail.CodeOf(err) == mail.CodeNotFound {
		return result{}, errWithdrawn
	}
	if err != nil {
		return result{}, err
	}
	if err := y.begin(ctx, t, j); err != nil {
		return result{}, err
	}
	uid, err := y.give(ctx, w, raw)
	if err != nil || uid != 0 {
		return y.filed(ctx, t, probed{Probe: store.Probe{UID: uid, Size: w.Append.Size}}, err)
	}
	found, err = y.arrivedSince(ctx, w, j) // the server didn't say under which UID
	return y.filed(ctx, t, found, err)
}

// filed is the result of a message that the server has, under the UID if it is known.
// One that has other octets there must be fetched first.
func (y *syncer) filed(ctx context.Context, t task, found probed, err error) (result, error) {
	w := t.works[0]
	if err != nil || found.UID == 0 {
		return result{}, err
	}
	if found.Size != w.Append.Size {
		local, err := y.cfg.Store.Locations(ctx, w.Mailbox.ID)
		if err != nil {
			return result{}, err
		}
		if !slices.ContainsFunc(local, func(l store.Located) bool { return l.UID == found.UID }) {
			return result{}, errLater
		}
	}
	return result{moved: []store.Moved{{To: found.UID}}, validity: t.validity}, nil
}

// findAppended looks in the selected mailbox for a message that is to be appended;
// its UID is 0 when it isn't there. What arrived since an earlier attempt is looked at
// one by one, because some servers' search lags behind.
func (y *syncer) findAppended(ctx context.Context, w store.Work, j journal) (probed, error) {
	if y.s.exists() == 0 {
		return probed{}, nil
	}
	if w.Journal != nil {
		found, err := y.arrivedSince(ctx, w, j)
		if err != nil || found.UID != 0 {
			return found, err
		}
	}
	uids, err := y.s.search(ctx, &imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: w.Append.MessageID}},
	})
	if err != nil {
		return probed{}, err
	}
	found, err := y.s.identify(ctx, uids)
	return thisOne(w, found), err
}

// arrivedSince looks for a message among what has arrived in the selected mailbox
// since the journal was begun.
func (y *syncer) arrivedSince(ctx context.Context, w store.Work, j journal) (probed, error) {
	found, err := y.s.probe(ctx, imap.UIDSet{{Start: imap.UID(j.Next), Stop: 0}})
	return thisOne(w, found), err
}

// thisOne picks the message of a piece that appends, the one with its size if there
// are several with its Message-ID.
func thisOne(w store.Work, found []probed) (best probed) {
	for _, p := range found {
		if p.MessageID == w.Append.MessageID && (best.UID == 0 || p.Size == w.Append.Size) {
			best = p
		}
	}
	return best
}

// give hands the message to the server and returns its UID if the server tells.
func (y *syncer) give(ctx context.Context, w store.Work, raw []byte) (mail.UID, error) {
	options := &imap.AppendOptions{Time: w.Append.ReceivedAt}
	for _, k := range w.Append.Keywords {
		// A mark that the mailbox can't hold is no reason to refuse the message.
		if f, ok := flagOf(k); ok && storable(y.s.selected.PermanentFlags, y.s.permanentTold, f) {
			options.Flags = append(options.Flags, f)
		}
	}
	data, unheard, err := y.s.append(ctx, w.Mailbox.Path, options, raw)
	if unheard {
		// go-imap gives the connection up when it may not send what it announced.
		if failed := y.renew(ctx, w.Mailbox.Path); failed != nil {
			return 0, failed
		}
		return 0, err
	}
	var b *broken
	if errors.As(err, &b) {
		return 0, interrupted{err}
	}
	if err != nil || data.UIDValidity != y.s.selected.UIDValidity {
		return 0, err
	}
	return mail.UID(data.UID), nil
}

// slowestUpload is how many octets a second a network carries at least. A message that
// is written may lie in buffers for long, while the server has nothing to say.
const slowestUpload = 32 << 10

// uploadPiece is how much must go out within the connection's patience.
const uploadPiece = 64 << 10

// append does APPEND. unheard says that the server refused the message before it was
// sent.
func (s *session) append(ctx context.Context, path string, options *imap.AppendOptions, raw []byte) (data imap.AppendData, unheard bool, err error) {
	defer s.link.expectWithin(s.link.patience + time.Duration(len(raw))*time.Second/slowestUpload)()
	command := s.client.Append(path, int64(len(raw)), options)
	var unsent error
	for piece := range slices.Chunk(raw, uploadPiece) {
		if _, unsent = command.Write(piece); unsent != nil {
			break
		}
	}
	unsent = errors.Join(unsent, command.Close())
	told, err := command.Wait()
	err = s.classify(ctx, err)
	_, refused := status(err)
	return *told, refused && unsent != nil, err
}

// await puts off a message that the server may still file by itself.
func (y *syncer) await(ctx context.Context, w store.Work, h *held) error {
	if h.early(w) {
		h.holdUntil(w, w.NotBefore)
		return nil
	}
	at := y.cfg.Clock.Now().Add(y.cfg.limits.pause(w.Attempts))
	h.holdUntil(w, at)
	return y.cfg.Store.Retry(ctx, w.ID, nil, at)
}

// interruption counts an attempt at an append whose connection broke, so that a
// message that no connection survives doesn't keep everything else waiting. It returns
// the error.
func (y *syncer) interruption(ctx context.Context, w store.Work, err interrupted) error {
	var reason *mail.Error
	errors.As(explain(err, y.cfg.Account.IMAP), &reason)
	if w.Attempts+1 < y.cfg.limits.attempts {
		at := y.cfg.Clock.Now().Add(y.cfg.limits.pause(w.Attempts))
		return errors.Join(y.cfg.Store.Retry(ctx, w.ID, reason, at), err)
	}
	return errors.Join(y.refuse(ctx, w, reason), err)
}
