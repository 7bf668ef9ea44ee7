package mailtest

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"waxwing/backend/mail"
)

// Domain is the domain of every address of the servers here.
const Domain = "waxwing.test"

// Options tell how a server differs from the usual one. The zero value is the
// usual one: Dovecot with every capability it has, TLS with a good certificate,
// the five special mailboxes, users alice and bob.
type Options struct {
	// Users are the names of the first users; nil means alice and bob. More can
	// be added with Server.NewUser. A user's address is name@Domain.
	Users []string
	// Certificate is what is wrong with the server's certificate.
	Certificate Flaw
	// Authority signs the certificate; nil means one of the server's own.
	Authority *Authority
	// NoTLS serves neither TLS ports nor STARTTLS.
	NoTLS bool
	// Capabilities, when not nil, is what IMAP announces in place of the truth.
	// What isn't announced still works, so a test that a client doesn't use it
	// reads the client's lines from a Proxy.
	Capabilities []string
	// Mailboxes are those that every user has beside INBOX; nil means
	// DefaultMailboxes.
	Mailboxes []Special
	// Separator is the hierarchy delimiter, "/" when empty. Prefix stands before
	// every mailbox but INBOX, such as "INBOX." on Courier and Cyrus.
	Separator, Prefix string
	// Quota is a user's storage in Dovecot's notation, "8G" when empty.
	Quota string
	// OpenID, when not nil, is the provider whose tokens are accepted beside
	// passwords.
	OpenID *OpenID
	// Mechanisms are the ways to sign in, in Dovecot's notation; empty for plain
	// and login, and with OpenID xoauth2 and oauthbearer.
	Mechanisms string
	// Rights makes the server heed Server.Restrict.
	Rights bool
	// Submission starts Exim as well, and message submission before it.
	Submission bool
}

// A Special is a mailbox that every user has from the start.
type Special struct {
	Name       string // without Options.Prefix
	SpecialUse string // `\Sent` …; empty for none (RFC 6154 §2)
}

// DefaultMailboxes are the special mailboxes of a usual server.
var DefaultMailboxes = []Special{
	{"Drafts", `\Drafts`}, {"Sent", `\Sent`}, {"Trash", `\Trash`}, {"Junk", `\Junk`}, {"Archive", `\Archive`},
}

// A Server is a running Dovecot. Its methods may be used from several goroutines.
type Server struct {
	// CA is the PEM of the authority that signed the certificate, Roots a pool
	// with just that one.
	CA    string
	Roots *x509.CertPool

	dir     string
	owner   owner
	options Options
	ports   ports
	dovecot *process
	exim    *process
}

type ports struct {
	IMAPPort, IMAPSPort, SubmissionPort, SubmissionsPort, MTAPort int
}

// Dovecot starts a server that lives as long as the test.
func Dovecot(tb testing.TB, options Options) *Server {
	tb.Helper()
	s, err := newServer(tb, options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the server's log:\n%s", s.Log())
		}
		s.close()
	})
	return s
}

//go:embed dovecot.conf.tmpl
var dovecotConf string

var dovecotTemplate = template.Must(template.New("dovecot.conf").Option("missingkey=error").Parse(dovecotConf))

// startAttempts bounds how often new ports are tried: between choosing a free
// port and listening on it, another program may take it.
const startAttempts = 5

func newServer(tb testing.TB, options Options) (*Server, error) {
	tb.Helper()
	program, err := find("dovecot", "dovecot-imapd dovecot-lmtpd dovecot-submissiond")
	if err != nil {
		return nil, err
	}
	if err := checkVersion(program); err != nil {
		return nil, err
	}
	if options.Users == nil {
		options.Users = []string{"alice", "bob"}
	}
	if options.Mailboxes == nil {
		options.Mailboxes = DefaultMailboxes
	}
	if options.Authority == nil {
		options.Authority = NewAuthority(tb)
	}
	s := &Server{CA: options.Authority.PEM, Roots: options.Authority.Roots, options: options}
	if s.owner, err = newOwner(); err != nil {
		return nil, err
	}
	// Not tb.TempDir: the servers' user couldn't enter it, and its name may be
	// too long for a socket's path.
	if s.dir, err = os.MkdirTemp("", "mailtest"); err != nil {
		return nil, err
	}
	if err = s.prepare(tb); err == nil {
		err = s.start(program)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// prepare writes what doesn't depend on ports.
func (s *Server) prepare(tb testing.TB) error {
	tb.Helper()
	for _, d := range []string{"state", "home", "tls", "users"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o755); err != nil {
			return err
		}
	}
	certificate, key := s.options.Authority.Issue(tb, s.options.Certificate)
	if err := os.WriteFile(filepath.Join(s.dir, "tls/certificate.pem"), certificate, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "tls/key.pem"), key, 0o600); err != nil {
		return err
	}
	if s.options.OpenID != nil {
		if err := s.options.OpenID.tell(filepath.Join(s.dir, "oauth2.conf")); err != nil {
			return err
		}
	}
	for _, u := range s.options.Users {
		if err := s.addUser(u); err != nil {
			return err
		}
	}
	return s.owner.own(s.dir)
}

// start starts the programs, on other ports when the chosen ones were taken.
func (s *Server) start(program string) error {
	var failures []error
	for range startAttempts {
		err := s.startOnce(program)
		if err == nil {
			return nil
		}
		failures = append(failures, err)
		s.stop()
		if !strings.Contains(err.Error(), "Address already in use") && !errors.Is(err, errStranger) {
			break
		}
	}
	return errors.Join(failures...)
}

func (s *Server) startOnce(program string) error {
	if err := s.ports.choose(); err != nil {
		return err
	}
	// Dovecot must find its run folder empty, or it trusts stale sockets.
	run := filepath.Join(s.dir, "run")
	if err := os.RemoveAll(run); err != nil {
		return err
	}
	if err := os.Mkdir(run, 0o755); err != nil {
		return err
	}
	greeting := "mailtest " + rand.Text()
	conf, err := s.configuration(greeting)
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, "dovecot.conf")
	if err := os.WriteFile(path, conf, 0o644); err != nil {
		return err
	}
	if err := s.owner.own(s.dir); err != nil {
		return err
	}
	if s.dovecot, err = startProcess(s.owner, program, "-F", "-c", path); err != nil {
		return err
	}
	if err := s.dovecot.waitLine("starting up for"); err != nil {
		return err
	}
	if err := greets(s.ports.IMAPPort, greeting); err != nil {
		return err
	}
	if s.options.Submission {
		return s.startExim()
	}
	return nil
}

func (s *Server) configuration(greeting string) ([]byte, error) {
	o := s.options
	data := struct {
		Options
		ports
		Dir, Greeting, User, Group, Capabilities string
	}{
		Options: o, ports: s.ports, Dir: s.dir, Greeting: greeting,
		User: s.owner.user, Group: s.owner.group, Capabilities: strings.Join(o.Capabilities, " "),
	}
	if data.Separator == "" {
		data.Separator = "/"
	}
	if data.Mechanisms == "" {
		data.Mechanisms = "plain login"
		if o.OpenID != nil {
			data.Mechanisms += " xoauth2 oauthbearer"
		}
	}
	if data.Quota == "" {
		data.Quota = "8G"
	}
	var b bytes.Buffer
	if err := dovecotTemplate.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// choose picks free ports on loopback.
func (p *ports) choose() error {
	for _, port := range []*int{&p.IMAPPort, &p.IMAPSPort, &p.SubmissionPort, &p.SubmissionsPort, &p.MTAPort} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer func() { _ = l.Close() }() // all together, so that no port is chosen twice
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}

var errStranger = errors.New("another program answers at the port")

// greets makes sure that it is our server that listens.
func greets(port int, greeting string) error {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), startTimeout)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetReadDeadline(time.Now().Add(startTimeout)); err != nil {
		return err
	}
	b := make([]byte, 1024)
	n, err := c.Read(b)
	if err != nil {
		return fmt.Errorf("reading the greeting: %w", err)
	}
	if !bytes.Contains(b[:n], []byte(greeting)) {
		return fmt.Errorf("%w: %q", errStranger, b[:n])
	}
	return nil
}

// find locates a server program, which isn't always in an ordinary user's PATH.
func find(program, packages string) (string, error) {
	for _, candidate := range []string{program, "/usr/sbin/" + program, "/usr/local/sbin/" + program} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("mailtest: %s is not installed; these tests use the real server: run `make setup`, or apt-get install %s", program, packages)
}

// dovecotVersion is the one whose configuration dovecot.conf.tmpl is; that of 2.4
// is another language.
const dovecotVersion = "2.3."

func checkVersion(program string) error {
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		return fmt.Errorf("%s --version: %w", program, err)
	}
	if !strings.HasPrefix(string(out), dovecotVersion) {
		return fmt.Errorf("mailtest: these tests know how to configure Dovecot %sx (Debian 12, Ubuntu 24.04), found %s", dovecotVersion, out)
	}
	return nil
}

// Log returns what the servers have logged so far.
func (s *Server) Log() string {
	var parts []string
	if s.dovecot != nil {
		parts = append(parts, s.dovecot.log())
	}
	if s.exim != nil {
		parts = append(parts, s.exim.log())
		for _, name := range []string{"mainlog", "rejectlog", "paniclog"} {
			if b, err := os.ReadFile(filepath.Join(s.dir, "exim", name)); err == nil {
				parts = append(parts, string(b))
			}
		}
	}
	return strings.Join(parts, "\n")
}

func (s *Server) stop() {
	for _, p := range []*process{s.exim, s.dovecot} {
		if p != nil {
			p.stop()
		}
	}
	s.exim, s.dovecot = nil, nil
}

func (s *Server) close() {
	s.stop()
	_ = os.RemoveAll(s.dir)
}

// IMAP is the server without protection.
func (s *Server) IMAP() mail.Server { return local(s.ports.IMAPPort, mail.SecurityNone) }

// STARTTLS is the same port as IMAP, upgraded.
func (s *Server) STARTTLS() mail.Server { return local(s.ports.IMAPPort, mail.SecuritySTARTTLS) }

// IMAPS is the server with TLS from the first byte. A test trusts it by Roots or CA.
func (s *Server) IMAPS() mail.Server { return local(s.ports.IMAPSPort, mail.SecurityTLS) }

func local(port int, security mail.Security) mail.Server {
	return mail.Server{Host: "127.0.0.1", Port: port, Security: security}
}

// Password returns the password of a user.
func (s *Server) Password(user string) string { return user + "-secret" }

// Address returns the address of a user.
func (s *Server) Address(user string) string { return user + "@" + Domain }

var userCount atomic.Int64

// NewUser adds a user with empty mailboxes, whom no other test has.
func (s *Server) NewUser(tb testing.TB) string {
	tb.Helper()
	user := fmt.Sprintf("user%d", userCount.Add(1))
	if err := s.addUser(user); err != nil {
		tb.Fatal(err)
	}
	return user
}

// addUser writes the file that tells Dovecot and Exim about a user.
func (s *Server) addUser(user string) error { return s.writeUser(user, s.Password(user)) }

func (s *Server) writeUser(user, password string) error {
	path := filepath.Join(s.dir, "users", user)
	if err := os.WriteFile(path+".new", []byte(user+":{PLAIN}"+password+"::::::\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// SetPassword changes a user's password on the server; Password keeps telling
// the former one.
func (s *Server) SetPassword(tb testing.TB, user, password string) {
	tb.Helper()
	if err := s.writeUser(user, password); err != nil {
		tb.Fatal(err)
	}
	// Dovecot notices within a second; asking it is the only way to know.
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); {
		c := Connect(tb, s.IMAP())
		_, status := c.Try("LOGIN %s %s", user, password)
		c.Close()
		if strings.HasPrefix(status, "OK") {
			return
		}
	}
	tb.Fatalf("mailtest: the new password of %s isn't taken", user)
}
