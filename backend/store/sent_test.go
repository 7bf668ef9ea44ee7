package store

import (
	"testing"
	"time"

	"waxwing/backend/mail"
)

// copyFor is the copy of octets for a mailbox.
func copyFor(to mail.MailboxID) *SentCopy {
	return &SentCopy{mail.AppendChange{To: to}, Prepare(Incoming{ReceivedAt: day, Content: parseLetter(octets)}, octets)}
}

// underWay queues a submission that the server may have taken.
func (b *box) underWay(d mail.Draft) mail.SubmissionID {
	b.t.Helper()
	id := b.queueFrom(d)
	b.step(id, mail.SubmissionSending)
	b.step(id, mail.SubmissionEnding)
	return id
}

func (b *box) finish(id mail.SubmissionID, file *SentCopy) {
	b.t.Helper()
	b.ok(b.FinishSubmission(b.ctx, id, sendAt, file))
}

// states lists the states of the listed submissions.
func (b *box) states() (list []mail.SubmissionState) {
	b.t.Helper()
	all, err := b.Submissions(b.ctx)
	b.ok(err)
	for _, s := range all {
		list = append(list, s.State)
	}
	return list
}

// TestSent sends answers and forwards: the draft is gone, the original is marked, the
// copy is in the mailbox, and when the server has it, all is done.
func TestSent(t *testing.T) {
	for kind, mark := range map[mail.DraftKind]mail.Keyword{
		mail.DraftNew: "", mail.DraftEditNew: "", mail.DraftReply: mail.KeywordAnswered, mail.DraftReplyAll: mail.KeywordAnswered,
		mail.DraftForward: mail.KeywordForwarded, mail.DraftAttached: mail.KeywordForwarded,
	} {
		b := open(t)
		inbox, _, _, _, sent := b.mailboxes()
		original := b.put(inbox, 1, letter{id: "a@waxwing.test"})[0]
		d := full()
		d.Kind, d.Original = kind, original
		d = b.saveDraft(b.addDraft(d, DraftData{mail.DraftFile{Name: "x"}, []byte("x")}))
		id := b.underWay(d)
		b.finish(id, copyFor(sent))

		_, err := b.Draft(b.ctx, d.ID)
		wantCode(t, err, mail.CodeNotFound)
		if n := b.db.query(t, "SELECT count(*) FROM draft_file"); n != 0 {
			t.Errorf("%s: %d files outlive their draft", kind, n)
		}
		keywords := []mail.Keyword{}
		if mark != "" {
			keywords = append(keywords, mark)
		}
		b.wantMessage(original, []mail.MailboxID{inbox}, keywords...)
		sub := b.submissionOf(id)
		if sub.State != mail.SubmissionSent || !sub.SentAt.Equal(sendAt) || sub.Draft != 0 {
			t.Errorf("%s: the submission is %+v, want it sent", kind, sub)
		}
		page, err := b.Messages(b.ctx, MessageQuery{Mailbox: sent})
		b.ok(err)
		if len(page.Messages) != 1 || page.Messages[0].MessageID != "s@waxwing.test" || !page.Messages[0].Has(mail.KeywordSeen) {
			t.Fatalf("%s: the mailbox of sent mail has %+v", kind, page.Messages)
		}
		raw, err := b.Raw(b.ctx, page.Messages[0].ID)
		b.ok(err)
		if string(raw) != string(octets) {
			t.Errorf("%s: the copy is %q", kind, raw)
		}
		_, err = b.SubmissionRaw(b.ctx, id)
		wantCode(t, err, mail.CodeNotFound)

		for _, w := range b.work() {
			b.ok(b.Begin(b.ctx, w.ID, nil))
			b.ok(b.Finish(b.ctx, w.ID, nil, 0))
		}
		if sub := b.submissionOf(id); sub.State != mail.SubmissionCopied || len(b.states()) != 0 {
			t.Errorf("%s: with the copy on the server it is %s, listed are %v", kind, sub.State, b.states())
		}
		b.sound()
	}
}

// TestSentTwice says again that it was sent, says so of what can't have been, and of
// what was unknown.
func TestSentTwice(t *testing.T) {
	b := open(t)
	_, _, _, _, sent := b.mailboxes()
	id := b.underWay(mail.Draft{})
	b.finish(id, copyFor(sent))
	wantCode(t, b.FinishSubmission(b.ctx, id, sendAt, copyFor(sent)), mail.CodeConflict)
	_, err := b.CancelSubmission(b.ctx, id)
	wantCode(t, err, mail.CodeConflict)
	for _, way := range [][]mail.SubmissionState{{}, {mail.SubmissionSending}, {mail.SubmissionRefused}} {
		id := b.queueFrom(mail.Draft{})
		for _, state := range way {
			b.step(id, state)
		}
		wantCode(t, b.FinishSubmission(b.ctx, id, sendAt, nil), mail.CodeConflict)
	}
	unknown := b.underWay(mail.Draft{})
	b.step(unknown, mail.SubmissionUnknown)
	b.finish(unknown, copyFor(sent))
	if got := len(b.messagesIn(sent)); got != 1 {
		t.Errorf("%d copies of one Message-ID, want one", got)
	}
}

func (b *box) messagesIn(m mail.MailboxID) []mail.Message {
	b.t.Helper()
	page, err := b.Messages(b.ctx, MessageQuery{Mailbox: m})
	b.ok(err)
	return page.Messages
}

// TestSentWithoutMailbox sends where there is no mailbox for the copy, or it goes at the
// same moment: the octets wait for one.
func TestSentWithoutMailbox(t *testing.T) {
	b := open(t)
	_, _, _, _, sent := b.mailboxes()
	d := b.saveDraft(b.addDraft(full()))
	id := b.underWay(d)
	wantCode(t, b.FinishSubmission(b.ctx, id, sendAt, copyFor(99)), mail.CodeNotFound)
	if got := b.submissionOf(id); got.State != mail.SubmissionEnding || got.Draft != d.ID {
		t.Errorf("after the failure it is %+v, want it as before", got)
	}
	wantCode(t, b.FileSubmission(b.ctx, id, *copyFor(sent)), mail.CodeNotFound)
	b.finish(id, nil)
	if got := b.submissionOf(id); got.State != mail.SubmissionSent {
		t.Errorf("without a mailbox it is %s, want sent", got.State)
	}
	raw, err := b.SubmissionRaw(b.ctx, id)
	b.ok(err)
	if string(raw) != string(octets) {
		t.Errorf("what waits is %q", raw)
	}
	b.ok(b.FileSubmission(b.ctx, id, *copyFor(sent)))
	if len(b.messagesIn(sent)) != 1 {
		t.Error("the copy isn't there")
	}
	wantCode(t, b.FileSubmission(b.ctx, id, *copyFor(sent)), mail.CodeNotFound)
}

// TestRefusedCopy lets the server refuse the copy: it stays listed with what the server
// said, until the person gives it up.
func TestRefusedCopy(t *testing.T) {
	b := open(t)
	_, _, _, _, sent := b.mailboxes()
	id := b.underWay(mail.Draft{})
	b.finish(id, copyFor(sent))
	w := b.work()[0]
	b.ok(b.Begin(b.ctx, w.ID, nil))
	b.ok(b.Refuse(b.ctx, w.ID, &mail.Error{Code: mail.CodeQuota, Server: "full"}))
	if got := b.submissionOf(id); got.State != mail.SubmissionSent || got.Problem == nil || got.Problem.Code != mail.CodeQuota {
		t.Errorf("with a refused copy it is %+v, want it sent with the refusal", got)
	}
	b.ok(b.DismissOperation(b.ctx, w.Operation))
	if got := b.submissionOf(id); got.State != mail.SubmissionCopied {
		t.Errorf("with a copy given up it is %s, want it done", got.State)
	}
}

// TestOriginalGone answers a message that was deleted meanwhile.
func TestOriginalGone(t *testing.T) {
	b := open(t)
	inbox, _, _, _, sent := b.mailboxes()
	list := b.put(inbox, 1, letter{id: "a@waxwing.test"}, letter{id: "b@waxwing.test"})
	for i, original := range list {
		d := full()
		d.Original = original
		id := b.underWay(b.saveDraft(b.addDraft(d)))
		b.apply(mail.Change{Messages: []mail.MessageID{original}, Destroy: &mail.DestroyChange{}})
		if i == 1 { // on the server, too
			for _, w := range b.work() {
				b.ok(b.Finish(b.ctx, w.ID, nil, 0))
			}
		}
		b.finish(id, copyFor(sent))
	}
	b.sound()
}

// TestArrived looks for messages of unknown outcome.
func TestArrived(t *testing.T) {
	b := open(t)
	inbox, archive, _, _, sent := b.mailboxes()
	id := b.underWay(mail.Draft{})
	b.step(id, mail.SubmissionUnknown)
	arrived := func() bool {
		t.Helper()
		yes, err := b.SubmissionArrived(b.ctx, id)
		b.ok(err)
		return yes
	}
	b.setMailboxes([]RemoteMailbox{
		{Path: "INBOX", Delimiter: "/", Role: mail.RoleInbox, Selectable: true},
		{Path: "Archive", Delimiter: "/", Role: mail.RoleDrafts, Selectable: true},
		{Path: "Sent", Delimiter: "/", Role: mail.RoleSent, Selectable: true},
	})
	b.put(inbox, 1, letter{id: "a@waxwing.test", refs: []string{"s@waxwing.test"}})
	if arrived() {
		t.Error("an answer is taken for the message")
	}
	b.put(archive, 1, letter{id: "s@waxwing.test", subject: "draft"})
	if arrived() {
		t.Error("the draft is taken for the message")
	}
	b.put(sent, 1, letter{id: "s@waxwing.test"})
	if !arrived() {
		t.Error("the message isn't found")
	}
}

// TestSubmissionsAreForgotten sends more than are remembered.
func TestSubmissionsAreForgotten(t *testing.T) {
	b := open(t)
	_, _, _, _, sent := b.mailboxes()
	first := b.underWay(mail.Draft{})
	b.finish(first, copyFor(sent))
	waits, unfiled := b.queueFrom(mail.Draft{}), b.underWay(mail.Draft{})
	b.finish(unfiled, nil)
	b.ok(b.db.write(b.ctx, durable, func(t *tx) error {
		t.exec("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'submission'", submissionsKept)
		return t.err
	}))
	last := b.underWay(mail.Draft{})
	b.finish(last, copyFor(sent))
	_, err := b.Submission(b.ctx, first)
	wantCode(t, err, mail.CodeNotFound)
	for _, id := range []mail.SubmissionID{waits, unfiled, last} {
		_, err := b.Submission(b.ctx, id)
		b.ok(err)
	}
	if d := time.Since(b.submissionOf(last).CreatedAt); d > time.Minute {
		t.Errorf("the last was made %v ago", d)
	}
}
