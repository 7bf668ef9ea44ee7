package app

// DraftStart says what a draft begins as.
type DraftStart struct {
	Kind     string `json:"kind"`     // a mail.DraftKind
	Account  string `json:"account"`  // empty: the original's, or the first
	Original string `json:"original"` // the message that is answered or forwarded; empty for none
	Mailto   string `json:"mailto"`   // what a link asks for (RFC 6068); empty for none
	Language string `json:"language"` // of the line above the quote
}

// Draft is a message that is being written.
type Draft struct {
	ID       string    `json:"id"`
	Account  string    `json:"account"`
	Kind     string    `json:"kind"`
	Original string    `json:"original"` // empty for none
	From     Address   `json:"from"`
	To       []Address `json:"to"`
	Cc       []Address `json:"cc"`
	Bcc      []Address `json:"bcc"`
	Subject  string    `json:"subject"`
	Format   string    `json:"format"` // rich or plain
	Body     string    `json:"body"`   // safe HTML when it is rich, else text
	// Quoted says that the original goes along below the body.
	Quoted    bool        `json:"quoted"`
	QuoteHead string      `json:"quoteHead"`
	Files     []DraftFile `json:"files"`
	Revision  int64       `json:"revision"`
	SavedAt   int64       `json:"savedAt"`
}

// DraftFile is a file or, with a content id, an inline picture of a draft.
type DraftFile struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Size      int64  `json:"size"`
	ContentID string `json:"contentId"`
}

// Submission is a message on its way to its recipients.
type Submission struct {
	ID         string      `json:"id"`
	Account    string      `json:"account"`
	State      string      `json:"state"` // a mail.SubmissionState
	Subject    string      `json:"subject"`
	Recipients []Recipient `json:"recipients"`
	CreatedAt  int64       `json:"createdAt"`
	SendAt     int64       `json:"sendAt"`
	Attempts   int         `json:"attempts"`
	RetryAt    int64       `json:"retryAt"` // 0 when nothing was put off
	Problem    *Problem    `json:"problem"` // of the last attempt
}

// Recipient is one of those a message goes to.
type Recipient struct {
	Address string   `json:"address"`
	Problem *Problem `json:"problem"` // why the server didn't take it
}
