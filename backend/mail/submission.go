package mail

import "time"

// A SubmissionState tells where a message to be sent is on its way.
type SubmissionState string

// The states. Each is on the disk before what follows from it is done.
const (
	// SubmissionQueued waits for SendAt or RetryAt and can be taken back.
	SubmissionQueued SubmissionState = "queued"
	// SubmissionSending is under way, but its last octet hasn't been written: after
	// a crash it can be sent again without doubling it.
	SubmissionSending SubmissionState = "sending"
	// SubmissionEnding may have been taken by the server, whose answer isn't known.
	SubmissionEnding SubmissionState = "ending"
	// SubmissionUnknown was ending when the connection or the program broke off. It
	// is never sent again by itself: looked for in Sent, else the person decides.
	SubmissionUnknown SubmissionState = "unknown"
	// SubmissionRefused was refused for good; it waits for the person.
	SubmissionRefused SubmissionState = "refused"
	// SubmissionSent was taken by the server; its copy isn't in Sent yet.
	SubmissionSent SubmissionState = "sent"
	// SubmissionCopied is done.
	SubmissionCopied SubmissionState = "copied"
)

// A Submission is one message on its way to its recipients. Its octets are fixed
// when it is queued; the same go to the server and to Sent.
type Submission struct {
	ID    SubmissionID
	Draft DraftID // that it was made from; 0 when there is none (any more)
	State SubmissionState
	// Message-ID, without angle brackets.
	MessageID  string
	Subject    string
	From       string // the envelope's sender (RFC 5321 §2.3.1)
	Recipients []Recipient
	// Outgoing is what it goes through; empty for what the account sends through when
	// it is tried.
	Outgoing  OutgoingID
	Size      int64     // octets
	CreatedAt time.Time // when Send was pressed
	SendAt    time.Time // not before
	SentAt    time.Time // when the server took it; zero before
	Attempts  int
	RetryAt   time.Time // zero when nothing was put off
	Problem   *Error    // of the last attempt
}

// A Recipient is one of those a submission goes to.
type Recipient struct {
	Address string
	Problem *Error // why the server didn't take it; nil when it did or wasn't asked
}
