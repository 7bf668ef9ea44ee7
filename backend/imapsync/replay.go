package imapsync

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/connect"
	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// workLimit is how many pieces are taken from the queue at once.
const workLimit = 500

// errLater means that operations in a mailbox must wait for it to be looked at.
var errLater = errors.New("imapsync: operations must wait")

// errOther means that the mailbox to move to is another one than the store's of
// that name.
var errOther = errors.New("imapsync: another mailbox has the name of the target")

// errWithdrawn means that a piece was taken back while it was being done.
var errWithdrawn = errors.New("imapsync: work was taken back meanwhile")

// An impossible error is a reason of our own why an operation can't be done.
type impossible struct{ reason *mail.Error }

func (i impossible) Error() string { return i.reason.Error() }

// An unopened error means that a mailbox of an operation could not be selected.
type unopened struct{ error }

func (u unopened) Unwrap() error { return u.error }

// A task is one or several pieces of work that ask the same of the server for
// different messages of one mailbox, and so are asked at once.
type task struct {
	works    []store.Work
	uids     []mail.UID // of all pieces
	validity uint32     // of the UIDs, once the mailbox is selected
}

// A result is what the server told of a task.
type result struct {
	moved    []store.Moved
	validity uint32            // of the target
	missing  map[mail.UID]bool // not in the mailbox when the task was first tried
}

// replay does what is queued, in order. When a mailbox isn't there any more under
// the name by which the store knows it, the list of mailboxes is brought up to date
// first: what somebody renamed is followed, and what is gone takes its operations
// with it.
func (y *syncer) replay(ctx context.Context) error {
	doubt, err := y.replayQueue(ctx)
	if err != nil || !doubt {
		return err
	}
	if _, err := y.mailboxes(ctx); err != nil {
		return err
	}
	y.listed = true
	defer func() { y.listed = false }()
	_, err = y.replayQueue(ctx)
	return err
}

// replayQueue goes through the queue once. What the server can't do now is held
// until its time or the next pass, together with what comes later about the same
// messages. A connection that breaks ends the replay with an error; what was begun
// is taken up again next time. doubt says that some mailbox may not be there.
func (y *syncer) replayQueue(ctx context.Context) (doubt bool, err error) {
	h := newHeld(y.cfg.Clock.Now(), y.cfg.limits.retryMost)
	h.eager, y.eager = y.eager, false
	defer func() { y.retryAt = h.next }()
	clear(y.checked)
	for {
		works, err := y.cfg.Store.NextWork(ctx, workLimit+len(h.works))
		if err != nil {
			return h.doubt, err
		}
		works = h.free(works)
		if len(works) == 0 || h.over() {
			return h.doubt, nil
		}
		for _, t := range tasks(works, y.cfg.limits.uidsPerSet) {
			if err := y.perform(ctx, t, h); err != nil {
				return h.doubt, err
			}
		}
		y.report(ctx, mail.Status{Phase: mail.PhaseSyncing})
	}
}

// tasks joins neighbouring pieces that ask the same. A piece that was begun
// before stands alone: its journal is its own.
func tasks(works []store.Work, most int) []task {
	var out []task
	for _, w := range works {
		if n := len(out); n > 0 && joins(out[n-1].works[0], w) && len(out[n-1].uids)+len(w.UIDs) <= most {
			out[n-1].works = append(out[n-1].works, w)
			out[n-1].uids = append(out[n-1].uids, w.UIDs...)
			continue
		}
		out = append(out, task{works: []store.Work{w}, uids: slices.Clone(w.UIDs)})
	}
	return out
}

func joins(a, b store.Work) bool {
	if a.Append != nil || b.Append != nil {
		return false
	}
	if a.Mailbox.ID != b.Mailbox.ID || a.Journal != nil || b.Journal != nil || a.Attempts > 0 || b.Attempts > 0 || a.Destroy != b.Destroy {
		return false
	}
	if (a.MoveTo == nil) != (b.MoveTo == nil) || a.MoveTo != nil && a.MoveTo.ID != b.MoveTo.ID {
		return false
	}
	if (a.Keywords == nil) != (b.Keywords == nil) {
		return false
	}
	return a.Keywords == nil || slices.Equal(a.Keywords.Add, b.Keywords.Add) && slices.Equal(a.Keywords.Remove, b.Keywords.Remove)
}

// perform asks the server for a task, unless it must wait, and tells the store how
// it went.
func (y *syncer) perform(ctx context.Context, t task, h *held) error {
	if h.over() {
		return nil
	}
	if free := h.free(t.works); len(free) < len(t.works) {
		return y.performEach(ctx, free, h)
	}
	r, err := y.ask(ctx, t)
	if err == nil {
		h.inRow = 0
		return y.finish(ctx, t, r)
	}
	if errors.Is(err, errLater) {
		y.putOff, y.stale[t.works[0].Mailbox.ID] = true, true
		h.holdMailbox(t.works[0])
		return nil
	}
	if errors.Is(err, errAwaited) {
		return y.await(ctx, t.works[0], h)
	}
	var cut interrupted
	if errors.As(err, &cut) {
		return y.interruption(ctx, t.works[0], cut)
	}
	if !y.listed && doubtful(t.works[0], err) {
		h.doubt = true
		for _, w := range t.works {
			h.hold(w)
		}
		return nil
	}
	reason, passes := y.verdict(err)
	if reason == nil && !errors.Is(err, errWithdrawn) {
		return err
	}
	if len(t.works) > 1 {
		return y.performEach(ctx, t.works, h) // one of them may be to blame
	}
	if reason == nil {
		return nil
	}
	w := t.works[0]
	if passes && h.early(w) {
		h.inRow++
		h.holdUntil(w, w.NotBefore)
		return nil
	}
	if passes && w.Attempts+1 < y.cfg.limits.attempts {
		at := y.cfg.Clock.Now().Add(y.cfg.limits.pause(w.Attempts))
		if err := y.cfg.Store.Retry(ctx, w.ID, reason, at); err != nil {
			return err
		}
		h.inRow++
		h.holdUntil(w, at)
		if errors.As(err, &unopened{}) {
			h.holdMailbox(w)
		}
		return nil
	}
	h.inRow = 0
	return y.refuse(ctx, w, reason)
}

// verdict tells whether a failure is one of the operation, for what reason, and
// whether that passes. Anything else, such as a connection that broke or a disk
// that is full, says nothing about the operation: reason is nil then.
func (y *syncer) verdict(err error) (reason *mail.Error, passes bool) {
	var own impossible
	if errors.As(err, &own) {
		return own.reason, false
	}
	if refusal, ok := status(err); ok {
		return connect.Explain(err, y.cfg.Account.IMAP), passing(refusal)
	}
	return nil, false
}

// doubtful reports whether a refusal may mean that a mailbox of the piece has
// another name or is gone. Not every server says so in a code.
func doubtful(w store.Work, err error) bool {
	if errors.Is(err, errOther) {
		return true
	}
	refusal, refused := status(err)
	if !refused || passing(refusal) {
		return false
	}
	if errors.As(err, &unopened{}) {
		return true
	}
	switch refusal.Code {
	case "", imap.ResponseCodeNonExistent, imap.ResponseCodeTryCreate:
		return w.MoveTo != nil
	}
	return false
}

// pause is how long to wait after an attempt that so many others came before.
func (l limits) pause(before int) time.Duration {
	d := l.retry
	for range before {
		d = min(4*d, l.retryMost)
	}
	return d
}

// performEach asks for each piece alone, from where its journal says that it
// stands.
func (y *syncer) performEach(ctx context.Context, works []store.Work, h *held) error {
	for _, w := range works {
		if err := y.perform(ctx, task{works: []store.Work{w}, uids: w.UIDs}, h); err != nil {
			return err
		}
	}
	return nil
}

// refuse takes back a piece that the server won't do, and with it what is left of
// its operation.
func (y *syncer) refuse(ctx context.Context, w store.Work, reason *mail.Error) error {
	if w.MoveTo != nil && w.MoveTo.Role == mail.RoleTrash {
		reason = noTrash(reason)
	}
	y.log.Warn("operation refused", "operation", int64(w.Operation), "code", string(reason.Code), "err", reason)
	begun, err := y.cfg.Store.BegunWork(ctx, w.Operation)
	if err != nil {
		return err
	}
	for _, b := range begun {
		if err := y.removeCopies(ctx, b); err != nil {
			return err
		}
	}
	if err := y.cfg.Store.Refuse(ctx, w.ID, reason); err != nil {
		return err
	}
	operations, err := y.cfg.Store.Operations(ctx)
	if err != nil {
		return err
	}
	for _, o := range operations {
		if o.ID == w.Operation && o.State == mail.OperationRefused {
			y.cfg.Refused(o)
		}
	}
	return nil
}

// noTrash says of a mailbox that is full that nothing can be put into the trash:
// without MOVE a message needs its space twice for a moment. Advice to delete
// something would only come back to the one who follows it.
func noTrash(reason *mail.Error) *mail.Error {
	if reason.Code != mail.CodeQuota {
		return reason
	}
	special := *reason
	special.Args = map[string]string{"reason": "trash"}
	maps.Copy(special.Args, reason.Args)
	return &special
}

// finish notes what was done. A piece none of whose messages was there any more
// comes back: somebody else deleted or moved them.
func (y *syncer) finish(ctx context.Context, t task, r result) error {
	for _, w := range t.works {
		if w.MoveTo != nil && allIn(w.UIDs, r.missing) {
			reason := &mail.Error{Code: mail.CodeNotFound, Args: map[string]string{"mailbox": w.Mailbox.Path}}
			if err := y.refuse(ctx, w, reason); err != nil {
				return err
			}
			continue
		}
		var moved []store.Moved
		for _, m := range r.moved {
			if w.Append != nil || slices.Contains(w.UIDs, m.From) {
				moved = append(moved, m)
			}
		}
		if w.MoveTo != nil && len(moved) < len(w.UIDs) {
			y.stale[w.MoveTo.ID] = true
		}
		if w.Append != nil && len(moved) == 0 {
			y.stale[w.Mailbox.ID] = true
		}
		if err := y.cfg.Store.Finish(ctx, w.ID, moved, r.validity); err != nil {
			return err
		}
	}
	return nil
}

func allIn(uids []mail.UID, set map[mail.UID]bool) bool {
	return !slices.ContainsFunc(uids, func(u mail.UID) bool { return !set[u] })
}

// ask does a task on the server.
func (y *syncer) ask(ctx context.Context, t task) (result, error) {
	w := t.works[0]
	known, err := y.cfg.Store.Cursor(ctx, w.Mailbox.ID)
	if err != nil {
		return result{}, err
	}
	if err := y.s.ensure(ctx, w.Mailbox.Path); err != nil {
		return result{}, unopened{err}
	}
	if void(known, y.s.selected.UIDValidity, uint32(y.s.selected.UIDNext)) {
		// The UIDs are void; synchronising the mailbox finds the messages again.
		return result{}, errLater
	}
	t.validity = known.UIDValidity
	if w.MoveTo != nil {
		if err := y.checkTarget(ctx, *w.MoveTo); err != nil {
			return result{}, err
		}
	}
	switch {
	case w.Append != nil:
		return y.append(ctx, t)
	case w.Keywords != nil:
		return result{}, y.storeKeywords(ctx, t, *w.Keywords)
	case w.MoveTo != nil && y.s.has(capMove):
		return y.move(ctx, t, w.MoveTo.Path)
	case w.MoveTo != nil:
		return y.copyAndDelete(ctx, t, *w.MoveTo)
	case w.Destroy:
		j, err := t.journal()
		if err != nil {
			return result{}, err
		}
		return result{}, y.expunge(ctx, t, j, t.uids)
	}
	return result{}, nil
}

// checkTarget sees, once in a replay, that a mailbox to move to is the one that the
// store means: another may have been given its name.
func (y *syncer) checkTarget(ctx context.Context, target mail.Mailbox) error {
	if y.listed || y.checked[target.ID] {
		return nil
	}
	known, err := y.cfg.Store.Cursor(ctx, target.ID)
	if err != nil || known.UIDValidity == 0 {
		return err
	}
	told, refused, err := y.s.statuses(ctx, []string{target.Path})
	if err != nil {
		return err
	}
	if refusal := refused[target.Path]; refusal != nil && !passing(refusal) {
		return unopened{refusal}
	}
	if s := told[target.Path]; s != nil && void(known, s.UIDValidity, uint32(s.UIDNext)) {
		return errOther
	}
	y.checked[target.ID] = true
	return nil
}

// A journal is what must be known to go on with a piece after a crash.
type journal struct {
	Step string `json:"step"`
	// Source is the UIDVALIDITY of the source, to which Moved.From and Restore
	// belong.
	Source uint32 `json:"source,omitempty"`
	// Of the target before COPY or APPEND: a copy has a UID from Next on. Validity is 0 while
	// it isn't known, since the target had to be made.
	Validity uint32 `json:"validity,omitempty"`
	Next     uint32 `json:"next,omitempty"`
	// Moved is where the copies are, as far as they were seen.
	Moved []store.Moved `json:"moved,omitempty"`
	// Restore lists messages of others whose \Deleted was taken off for the time
	// of an EXPUNGE.
	Restore []mail.UID `json:"restore,omitempty"`
}

// The steps of a journal.
const (
	stepAsk    = "ask"    // what is asked may be repeated as it is
	stepCopy   = "copy"   // COPY may have happened
	stepAppend = "append" // APPEND may have happened
	stepDelete = "delete" // every copy was seen, and the originals may have been deleted
)

// readJournal reads what an earlier attempt noted; the zero journal for the first.
func readJournal(w store.Work) (j journal, err error) {
	if len(w.Journal) > 0 {
		err = json.Unmarshal(w.Journal, &j)
	}
	return j, err
}

// journal reads what an earlier attempt noted. What it says in UIDs of the source is
// left out when the source has others now.
func (t task) journal() (journal, error) {
	j, err := readJournal(t.works[0])
	if j.Source != t.validity {
		j.Source, j.Moved, j.Restore = t.validity, nil, nil
	}
	return j, err
}

// begin notes, before the server is asked, where a task stands: in the store, and
// in the pieces for when each is tried alone.
func (y *syncer) begin(ctx context.Context, t task, j journal) error {
	raw, err := json.Marshal(j)
	if err != nil {
		return err
	}
	for i := range t.works {
		err := y.cfg.Store.Begin(ctx, t.works[i].ID, raw)
		if mail.CodeOf(err) == mail.CodeNotFound {
			return errWithdrawn
		}
		if err != nil {
			return err
		}
		t.works[i].Journal = raw
	}
	return nil
}

// storeKeywords adds and removes keywords. Asking twice does no harm.
func (y *syncer) storeKeywords(ctx context.Context, t task, k mail.KeywordChange) error {
	add, bad := flagsOf(without(k.Add, k.Remove))
	remove, worse := flagsOf(k.Remove)
	if bad += worse; bad != "" {
		return impossible{&mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "keyword", "value": string(bad)}}}
	}
	for _, f := range add {
		if !storable(y.s.selected.PermanentFlags, y.s.permanentTold, f) {
			return impossible{&mail.Error{Code: mail.CodeReadOnly, Args: map[string]string{"mailbox": t.works[0].Mailbox.Path, "keyword": string(f)}}}
		}
	}
	if err := y.begin(ctx, t, journal{Step: stepAsk}); err != nil {
		return err
	}
	for uids := range slices.Chunk(t.uids, y.cfg.limits.uidsPerSet) {
		err := y.s.do(ctx, func(c *imapclient.Client) error {
			var commands []*imapclient.FetchCommand
			if len(add) > 0 {
				commands = append(commands, c.Store(uidSet(uids), addFlags(add...), nil))
			}
			if len(remove) > 0 {
				commands = append(commands, c.Store(uidSet(uids), removeFlags(remove...), nil))
			}
			var failed error
			for _, command := range commands {
				if err := command.Close(); failed == nil {
					failed = err
				}
			}
			return failed
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func without(list, drop []mail.Keyword) []mail.Keyword {
	return slices.DeleteFunc(slices.Clone(list), func(k mail.Keyword) bool { return slices.Contains(drop, k) })
}
