// Command serve runs the mail servers of package mailtest until its stdin ends,
// for tests that aren't written in Go and for trying things by hand:
//
//	go run ./backend/mailtest/serve -messages 300
//
// It prints one line of JSON that tells where they are:
//
//	{"host":"127.0.0.1","imap":…,"imaps":…,"submission":…,"submissions":…,
//	 "user":"alice","password":…,"email":…,"ca":PEM,"nameserver":…,"proxy":…}
//
// With -openid there is also an OpenID provider, whose tokens of so many seconds
// the servers accept: "issuer" and "clientId".
//
// What nameserver and the web servers behind proxy say leads to the servers; see
// discovery.go.
//
// Plain IMAP and plain submission go through proxies. Lines on stdin make things happen, each
// answered by a line when it has happened:
//
//	deliver SUBJECT   a message from Zoe Wren comes to alice's inbox  → delivered UID
//	forget            what the client said so far is forgotten        → forget
//	idle N            the client has begun to wait for news N times   → idle N
//	offline           the network goes away                           → offline
//	online            it comes back                                   → online
//	revoke            the provider takes back every consent           → revoke
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"waxwing/backend/mailtest"
)

const user = "alice"

func main() {
	messages := flag.Int("messages", 0, "messages of the corpus in alice's inbox")
	seed := flag.Uint64("seed", 1, "which corpus")
	openID := flag.Int("openid", 0, "seconds that access tokens live; 0 starts no OpenID provider")
	flag.Parse()
	h := &harness{}
	defer h.finish()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		h.finish()
		os.Exit(0)
	}()

	authority := mailtest.NewAuthority(h)
	options := mailtest.Options{Submission: true, Authority: authority}
	if *openID > 0 {
		options.OpenID = mailtest.NewOpenID(h, time.Duration(*openID)*time.Second)
	}
	s := mailtest.Dovecot(h, options)
	if *messages > 0 {
		s.Load(h, user, mailtest.Corpus(*messages, *seed))
	}
	network := network{incoming: mailtest.NewProxy(h, s.IMAP()), outgoing: mailtest.NewProxy(h, s.Submission())}
	nameserver, webProxy := discovery(h, s, authority)
	where := map[string]any{
		"nameserver": nameserver, "proxy": webProxy,
		"host": s.IMAP().Host, "imap": network.incoming.Server().Port, "imaps": s.IMAPS().Port,
		"submission": network.outgoing.Server().Port, "submissions": s.Submissions().Port,
		"user": user, "password": s.Password(user), "email": s.Address(user), "ca": s.CA,
	}
	if options.OpenID != nil {
		where["issuer"], where["clientId"] = options.OpenID.Issuer, mailtest.ClientID
	}
	if err := json.NewEncoder(os.Stdout).Encode(where); err != nil {
		h.Fatal(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(obey(h, s, network, options.OpenID, lines.Text()))
	}
}

// A network is the way to the servers.
type network struct{ incoming, outgoing *mailtest.Proxy }

// refuse takes the network away or brings it back.
func (n network) refuse(away bool) {
	for _, p := range []*mailtest.Proxy{n.incoming, n.outgoing} {
		p.Refuse(away)
		if away {
			p.Cut()
		}
	}
}

// obey does what a line of stdin says and returns the answer.
func obey(h *harness, s *mailtest.Server, network network, provider *mailtest.OpenID, line string) string {
	command, argument, _ := strings.Cut(line, " ")
	switch command {
	case "deliver":
		return fmt.Sprintf("delivered %d", s.Deliver(h, user, "INBOX", message(argument)))
	case "idle":
		n, err := strconv.Atoi(argument)
		if err != nil {
			h.Fatal(err)
		}
		network.incoming.WaitLine(" IDLE", n)
		return line
	case "revoke":
		if provider == nil {
			h.Fatal("there is no OpenID provider")
		}
		provider.Revoke(h)
		return line
	case "forget":
		network.incoming.Reset()
		return line
	case "offline":
		network.refuse(true)
		return line
	case "online":
		network.refuse(false)
		return line
	}
	return "unknown " + line
}

func message(subject string) []byte {
	now := time.Now()
	return fmt.Appendf(nil, "From: Zoe Wren <zoe@%[1]s>\r\nTo: alice@%[1]s\r\nSubject: %[2]s\r\nDate: %[3]s\r\nMessage-ID: <%[4]d@%[1]s>\r\n\r\nHello Alice,\r\n\r\nthis is about %[2]s.\r\n",
		mailtest.Domain, subject, now.Format(time.RFC1123Z), now.UnixNano())
}

// A harness is the part of testing.TB that mailtest needs outside a test.
type harness struct {
	testing.TB
	mu       sync.Mutex
	cleanups []func()
}

func (h *harness) Helper()                      {}
func (h *harness) Failed() bool                 { return false }
func (h *harness) Logf(f string, args ...any)   { fmt.Fprintf(os.Stderr, f+"\n", args...) }
func (h *harness) Fatalf(f string, args ...any) { h.Fatal(fmt.Sprintf(f, args...)) }

func (h *harness) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	h.finish()
	os.Exit(1)
}

func (h *harness) Cleanup(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cleanups = append(h.cleanups, f)
}

// finish runs what Cleanup collected, last first, once.
func (h *harness) finish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
	h.cleanups = nil
}
