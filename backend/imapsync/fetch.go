package imapsync

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"waxwing/backend/mail"
)

// maxMessage is the largest message that is taken; a larger one is quarantined.
const maxMessage = 256 << 20

// trustedSize is up to what an announced literal is given memory at once.
const trustedSize = 8 << 20

// fetched is a message as the server sent it.
type fetched struct {
	entry
	receivedAt time.Time
	raw        []byte
	complete   bool   // a body came
	refused    string // why there is none, if the server or a bound says
}

var wholeMessage = &imap.FetchItemBodySection{Peek: true}

// everything and bodyOnly are what is asked of a message: the second when the
// first can't be understood.
var (
	everything = &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{wholeMessage}}
	bodyOnly   = &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{wholeMessage}}
)

// errUrgent stops asking for further chunks: something else comes first.
var errUrgent = errors.New("imapsync: something is more urgent")

// stream fetches messages, given newest first, chunk by chunk, with the next
// chunk requested before the former is read, and hands each to take, which must
// be safe for concurrent use. It returns how many it asked for, and errUrgent
// when urgent said so between two chunks.
//
// Each command under way is read by a goroutine of its own.
//
// QUIRK: Dovecot works on two UID FETCH at the same time once the first has to
// wait for the network, and mixes their answers. go-imap stops at a literal
// until its reader took it, so that reading one command after the other hangs.
//
// A message for which no body came is not handed on: it may have been expunged
// meanwhile (RFC 9051 §7.5.2), or its answer was taken for unasked data.
func (s *session) stream(ctx context.Context, want []entry, urgent func() bool, take func(fetched) error) (asked int, err error) {
	limits := s.cfg.limits
	err = s.do(ctx, func(c *imapclient.Client) error {
		var flying []chan error
		var failed error
		for {
			for failed == nil && asked < len(want) && len(flying) < limits.pipeline {
				if urgent() {
					failed = errUrgent
					break
				}
				chunk := want[asked:]
				chunk = chunk[:nextChunk(chunk, limits.chunkCount, limits.chunkBytes)]
				asked += len(chunk)
				flying = append(flying, startChunk(c, chunk, take))
			}
			if len(flying) == 0 {
				return failed
			}
			err := <-flying[0]
			flying = flying[1:]
			if err != nil && (failed == nil || errors.Is(failed, errUrgent)) {
				failed = err
			}
		}
	})
	return asked, err
}

// startChunk asks for messages and reads the answers in the background.
func startChunk(c *imapclient.Client, chunk []entry, take func(fetched) error) chan error {
	entries := make(map[mail.UID]entry, len(chunk))
	for _, e := range chunk {
		entries[e.uid] = e
	}
	command := c.Fetch(uidSet(uidsOf(chunk)), everything)
	done := make(chan error, 1)
	go func() { done <- readBodies(command, entries, take) }()
	return done
}

// readBodies reads the answers to one FETCH. After an error of take the rest is
// read and dropped, so that the connection stays in step.
//
// A message is handed on when the next one began or the command ended: go-imap
// also gives out the beginning of an answer that then can't be understood.
func readBodies(command *imapclient.FetchCommand, asked map[mail.UID]entry, take func(fetched) error) error {
	var failed error
	var last fetched
	hand := func() {
		if last.complete && failed == nil {
			failed = take(last)
		}
		last = fetched{}
	}
	for m := command.Next(); m != nil; m = command.Next() {
		hand()
		if failed != nil {
			continue
		}
		var err error
		if last, err = readMessage(m, asked); err != nil {
			// The connection is dead. Next and Close would read on in the broken
			// literal, at the same time as go-imap's own goroutine.
			return err
		}
	}
	err := command.Close()
	if _, answered := status(err); err == nil || answered {
		hand()
	}
	return cmp.Or(err, failed)
}

// readMessage reads one FETCH response.
func readMessage(m *imapclient.FetchMessageData, asked map[mail.UID]entry) (fetched, error) {
	var f fetched
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			known := asked[mail.UID(item.UID)]
			f.uid, f.size, f.modSeq = mail.UID(item.UID), known.size, known.modSeq
			if !f.flagged {
				f.keywords, f.flagged = known.keywords, known.flagged
			}
		case imapclient.FetchItemDataFlags:
			f.keywords, f.flagged = keywordsOf(item.Flags), true
		case imapclient.FetchItemDataInternalDate:
			f.receivedAt = item.Time
		case imapclient.FetchItemDataModSeq:
			f.modSeq = item.ModSeq
		case imapclient.FetchItemDataBodySection:
			if item.Section.Specifier != imap.PartSpecifierNone || len(item.Section.Part) > 0 {
				continue
			}
			var err error
			f.complete = true
			if f.raw, f.refused, err = readLiteral(item.Literal); err != nil {
				return f, err
			}
		}
	}
	f.complete = f.complete && f.uid != 0
	return f, nil
}

// readLiteral reads a message's octets. A size that the server only announces
// is not given memory at once.
func readLiteral(lit imap.LiteralReader) (raw []byte, refused string, err error) {
	switch {
	case lit == nil:
		// QUIRK: Exchange answers BODY[] NIL for messages that it can't convert.
		return nil, "the server gives no content for this message", nil
	case lit.Size() > maxMessage:
		refused = "the message is larger than 256 MiB"
		var n int64
		if n, err = io.Copy(io.Discard, lit); err == nil && n < lit.Size() {
			err = io.ErrUnexpectedEOF
		}
		return nil, refused, err
	case lit.Size() <= trustedSize:
		raw = make([]byte, lit.Size())
		_, err = io.ReadFull(lit, raw)
	default:
		var b bytes.Buffer
		b.Grow(trustedSize)
		_, err = io.Copy(&b, lit)
		raw = b.Bytes()
		if err == nil && int64(len(raw)) != lit.Size() {
			err = io.ErrUnexpectedEOF
		}
	}
	if err == nil {
		// go-imap goes on only when the end of the literal was seen.
		_, err = io.Copy(io.Discard, lit)
	}
	return raw, "", err
}
