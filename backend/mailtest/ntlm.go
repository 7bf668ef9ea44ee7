package mailtest

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"waxwing/backend/mail"
)

// The user of MS-NLMP's examples (§4.2.1), whose hash is published there; it
// signs in as NTLMDomain\NTLMUser, or by its user principal name.
const (
	NTLMDomain    = "Domain"
	NTLMUser      = "User"
	NTLMPrincipal = NTLMUser + "@" + Domain
	NTLMPassword  = "Password"

	ntlmHash = "a4f49c406510bdcab6824ee7c30fd852" // MS-NLMP §4.2.2.1.2
)

// An NTLMFront stands before a Server as an Exchange server does whose
// administrator allows Windows' own sign-in only: over TLS, by NTLMv2 (MS-NLMP)
// in IMAP (MS-OXIMAP) and SMTP (MS-SMTPNTLM).
type NTLMFront struct {
	imap, smtp mail.Server
}

// NTLM starts a front to s. Who is let in talks to s as the given user.
func NTLM(tb testing.TB, s *Server, authority *Authority, user string) *NTLMFront {
	tb.Helper()
	config := authority.TLS(tb, FlawNone)
	imap := &ntlmListener{upstream: s.IMAP(), talk: ntlmIMAP, user: user, password: s.Password(user)}
	smtp := &ntlmListener{upstream: s.PlainSubmission(), talk: ntlmSMTP, user: user, password: s.Password(user)}
	return &NTLMFront{imap: imap.start(tb, config), smtp: smtp.start(tb, config)}
}

// IMAP is where the front speaks IMAP.
func (f *NTLMFront) IMAP() mail.Server { return f.imap }

// SMTP is where the front takes messages.
func (f *NTLMFront) SMTP() mail.Server { return f.smtp }

// An ntlmListener accepts connections of one protocol until its test ends.
type ntlmListener struct {
	upstream       mail.Server
	user, password string // at upstream
	talk           func(c *ntlmConn) error

	done  sync.WaitGroup
	mu    sync.Mutex
	ended bool
	open  []io.Closer
}

func (l *ntlmListener) start(tb testing.TB, config *tls.Config) mail.Server {
	tb.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		tb.Fatal(err)
	}
	l.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			l.done.Go(func() { l.serve(conn) })
		}
	})
	tb.Cleanup(func() {
		_ = listener.Close()
		l.mu.Lock()
		l.ended = true
		for _, c := range l.open {
			_ = c.Close()
		}
		l.mu.Unlock()
		l.done.Wait()
	})
	return local(listener.Addr().(*net.TCPAddr).Port, mail.SecurityTLS)
}

// serve lets a client in, and passes on what both sides say from then on.
func (l *ntlmListener) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	upstream, err := net.Dial("tcp", net.JoinHostPort(l.upstream.Host, fmt.Sprint(l.upstream.Port)))
	if err != nil {
		return
	}
	defer func() { _ = upstream.Close() }()
	if !l.keep(client, upstream) {
		return
	}
	c := &ntlmConn{l, client, upstream, bufio.NewReader(client), bufio.NewReader(upstream)}
	if err := l.talk(c); err != nil {
		return
	}
	l.done.Go(func() {
		_, _ = io.Copy(client, c.answers)
		_ = client.Close()
	})
	_, _ = io.Copy(upstream, c.lines)
}

// keep notes what to close at the end; it reports false when that has come.
func (l *ntlmListener) keep(open ...io.Closer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, open...)
	return !l.ended
}

// An ntlmConn is a client that isn't let in yet.
type ntlmConn struct {
	*ntlmListener
	client, upstream net.Conn
	lines, answers   *bufio.Reader
}

func (c *ntlmConn) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.client, format+"\r\n", args...)
	return err
}

func (c *ntlmConn) hear() (string, error) {
	line, err := c.lines.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

// ask sends a line upstream and reads until a line that begins as said.
func (c *ntlmConn) ask(line, until string) (string, error) {
	if line != "" {
		if _, err := io.WriteString(c.upstream, line+"\r\n"); err != nil {
			return "", err
		}
	}
	for {
		answer, err := c.answers.ReadString('\n')
		if err != nil || strings.HasPrefix(answer, until) {
			return strings.TrimRight(answer, "\r\n"), err
		}
	}
}

// ntlmIMAP talks until the client is in.
func ntlmIMAP(c *ntlmConn) error {
	const capabilities = "CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI LOGINDISABLED"
	if _, err := c.ask("", "* OK"); err != nil {
		return err
	}
	if err := c.say("* OK The Microsoft Exchange IMAP4 service is ready."); err != nil {
		return err
	}
	for {
		line, err := c.hear()
		if err != nil {
			return err
		}
		tag, command, _ := strings.Cut(line, " ")
		switch strings.ToUpper(command) {
		case "CAPABILITY":
			err = c.say("* %s\r\n%s OK CAPABILITY completed.", capabilities, tag)
		case "AUTHENTICATE NTLM":
			if c.handshake("+ ", "+ ", "") {
				answer, err := c.ask(fmt.Sprintf("%s LOGIN %s %s", tag, c.user, c.password), tag)
				return errors.Join(err, c.say("%s", answer))
			}
			err = c.say("%s NO AUTHENTICATE failed.", tag)
		case "LOGOUT":
			return errors.Join(c.say("* BYE\r\n%s OK LOGOUT completed.", tag), io.EOF)
		default:
			err = c.say("%s BAD Command received in Invalid state.", tag)
		}
		if err != nil {
			return err
		}
	}
}

// ntlmSMTP talks until the client is in.
func ntlmSMTP(c *ntlmConn) error {
	if _, err := c.ask("", "220 "); err != nil {
		return err
	}
	if err := c.say("220 exchange Microsoft ESMTP MAIL Service ready"); err != nil {
		return err
	}
	for {
		line, err := c.hear()
		if err != nil {
			return err
		}
		command, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(command) {
		case "EHLO":
			err = c.say("250-exchange Hello\r\n250-SIZE 26214400\r\n250-AUTH GSSAPI NTLM\r\n250 8BITMIME")
		case "AUTH":
			_, initial, _ := strings.Cut(rest, " ")
			if c.handshake("334 ntlm supported", "334 ", initial) {
				_, err := c.ask("EHLO front", "250 ")
				plain := base64.StdEncoding.EncodeToString([]byte("\x00" + c.user + "\x00" + c.password))
				answer, authError := c.ask("AUTH PLAIN "+plain, "235")
				return errors.Join(err, authError, c.say("%s", answer))
			}
			err = c.say("535 5.7.3 Authentication unsuccessful")
		case "QUIT":
			return errors.Join(c.say("221 2.0.0 Service closing"), io.EOF)
		default:
			err = c.say("530 5.7.57 Client was not authenticated")
		}
		if err != nil {
			return err
		}
	}
}

// handshake reports whether the client proves that it knows the password.
func (c *ntlmConn) handshake(first, prefix, initial string) bool {
	if initial == "" {
		if c.say("%s", first) != nil {
			return false
		}
		initial, _ = c.hear()
	}
	negotiate, err := base64.StdEncoding.DecodeString(initial)
	if err != nil || !bytes.HasPrefix(negotiate, []byte("NTLMSSP\x00\x01\x00\x00\x00")) {
		return false
	}
	nonce := make([]byte, 8)
	_, _ = rand.Read(nonce) // never fails
	if c.say("%s%s", prefix, base64.StdEncoding.EncodeToString(ntlmChallenge(nonce))) != nil {
		return false
	}
	line, err := c.hear()
	if err != nil {
		return false
	}
	response, err := base64.StdEncoding.DecodeString(line)
	return err == nil && ntlmProves(response, nonce)
}

// ntlmTarget names the domain, as AV pairs (MS-NLMP §2.2.2.1).
var ntlmTarget = slices.Concat([]byte{2, 0, byte(2 * len(NTLMDomain)), 0}, wide(NTLMDomain), make([]byte, 4))

// ntlmChallenge is a CHALLENGE_MESSAGE (MS-NLMP §2.2.1.2).
func ntlmChallenge(nonce []byte) []byte {
	// Unicode, target name, NTLM, always sign, a domain, extended security, target information.
	const flags = 1<<0 | 1<<2 | 1<<9 | 1<<15 | 1<<16 | 1<<19 | 1<<23
	const header = 48
	name := wide(NTLMDomain)
	m := []byte("NTLMSSP\x00\x02\x00\x00\x00")
	m = ntlmField(m, len(name), header)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, nonce...)
	m = append(m, make([]byte, 8)...)
	m = ntlmField(m, len(ntlmTarget), header+len(name))
	return slices.Concat(m, name, ntlmTarget)
}

// ntlmField appends where a part of the message is: its length, twice, and offset.
func ntlmField(m []byte, length, offset int) []byte {
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	return binary.LittleEndian.AppendUint32(m, uint32(offset))
}

// ntlmProves checks an AUTHENTICATE_MESSAGE (MS-NLMP §2.2.1.3, §3.3.2).
func ntlmProves(m, nonce []byte) bool {
	if len(m) < 52 || !bytes.HasPrefix(m, []byte("NTLMSSP\x00\x03\x00\x00\x00")) {
		return false
	}
	part := func(at int) []byte {
		length, offset := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		if offset+length > len(m) {
			return nil
		}
		return m[offset : offset+length]
	}
	proof, domain, user := part(20), part(28), part(36)
	account := string(domain) + "\\" + string(user)
	if account != string(wide(NTLMDomain))+"\\"+string(wide(NTLMUser)) && account != "\\"+string(wide(NTLMPrincipal)) {
		return false
	}
	if len(proof) < 16 || !bytes.Contains(proof[16:], ntlmTarget) {
		return false
	}
	name := NTLMUser
	if len(domain) == 0 {
		name = NTLMPrincipal
	}
	hash, err := hex.DecodeString(ntlmHash)
	key := keyed(hash, wide(strings.ToUpper(name)), domain)
	return err == nil && hmac.Equal(proof[:16], keyed(key, nonce, proof[16:]))
}

func keyed(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		_, _ = h.Write(p) // never fails
	}
	return h.Sum(nil)
}

// wide is s in UTF-16, little end first.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
