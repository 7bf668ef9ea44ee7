package autoconfig

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"waxwing/backend/mail"
)

var good = config("Harbour", "imap.harbour.test", "smtp.harbour.test")

const goodAnswer = `domain other "Harbour" | imap.harbour.test:993/tls(alice) | smtp.harbour.test:587/starttls(alice@harbour.test)`

// What a web server can say is at worst no answer.
func TestHostileFiles(t *testing.T) {
	billion := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` +
		strings.Replace(good, `<?xml version="1.0" encoding="UTF-8"?>`, "", 1)
	for name, c := range map[string]struct{ document, want string }{
		"good":              {good, goodAnswer},
		"billion laughs":    {strings.Replace(billion, "Harbour", "&b;", 1), "nothing"},
		"an external file":  {strings.Replace(billion, "Harbour", "&c;", 1), "nothing"},
		"huge":              {good + strings.Repeat(" ", maxBody), "nothing"},
		"deep":              {strings.Repeat("<a>", 50_000), "nothing"},
		"cut short":         {good[:len(good)-40], "nothing"},
		"a web page":        {"<!doctype html><html><body><p>Welcome<br></body></html>", "nothing"},
		"empty":             {"", "nothing"},
		"zeros":             {strings.Repeat("\x00", 1000), "nothing"},
		"an unknown code":   {strings.Replace(good, "UTF-8", "x-klingon", 1), "nothing"},
		"another code":      {strings.Replace(strings.Replace(good, "UTF-8", "ISO-8859-1", 1), "Harbour", "H\xe4fen", 1), strings.Replace(goodAnswer, "Harbour", "Häfen", 1)},
		"a name of control": {strings.Replace(good, "Harbour", "H\u202eruobra", 1), strings.Replace(goodAnswer, "Harbour", "", 1)},
		"a port too high":   {strings.ReplaceAll(good, "<port>993<", "<port>99300<"), "nothing"},
		"a host with more":  {strings.ReplaceAll(good, "imap.harbour.test", "imap.harbour.test/x"), "nothing"},
		"a host of digits":  {strings.ReplaceAll(good, "imap.harbour.test", "1.2.3.400"), "nothing"},
		"no protection": {
			strings.ReplaceAll(good, "SSL<", "plain<"),
			strings.Replace(goodAnswer, "993/tls", "993/none", 1) + " !unprotected:imap.harbour.test",
		},
		"no way to sign in": {strings.ReplaceAll(good, "password-cleartext", "GSSAPI"), "nothing"},
		"a strange user":    {strings.ReplaceAll(good, "%EMAILLOCALPART%", "a\u0007b"), "nothing"},
		"a user of its own": {strings.ReplaceAll(good, "%EMAILLOCALPART%", "h-%EMAILLOCALPART%"), strings.Replace(goodAnswer, "(alice)", "(h-alice)", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.https("autoconfig.harbour.test", file(c.document))
			find(t, r.finder(), "alice@harbour.test", c.want)
		})
	}
}

func TestManyServersAreBounded(t *testing.T) {
	one := good[strings.Index(good, `<incomingServer type="imap"`):strings.Index(good, "<outgoingServer")]
	_, imap, _, err := readConfig([]byte(strings.Replace(good, one, strings.Repeat(one, 100), 1)), "a@b.test")
	if err != nil || len(imap) != maxCandidates {
		t.Errorf("%d servers, %v; want %d", len(imap), err, maxCandidates)
	}
}

func TestRedirects(t *testing.T) {
	to := func(location string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}
	}
	for name, c := range map[string]struct {
		build func(*rig)
		want  string
	}{
		"within the domain": {func(r *rig) {
			r.https("autoconfig.harbour.test", to("https://www.harbour.test/config"))
			r.https("www.harbour.test", file(good))
		}, goodAnswer},
		"to another domain": {func(r *rig) {
			r.https("autoconfig.harbour.test", to("//hoster.example/config"))
			r.https("hoster.example", file(good))
		}, goodAnswer},
		"down to HTTP": {func(r *rig) {
			r.https("autoconfig.harbour.test", to("http://www.harbour.test/config"))
			r.http("www.harbour.test", file(good))
		}, "nothing"},
		"from HTTP up, which mends nothing": {func(r *rig) {
			r.http("autoconfig.harbour.test", to("https://www.harbour.test/config"))
			r.https("www.harbour.test", file(good))
		}, strings.Replace(goodAnswer, "domain", "plain", 1) + " !plainHTTP:autoconfig.harbour.test"},
		"in a circle": {func(r *rig) {
			r.https("autoconfig.harbour.test", to("https://autoconfig.harbour.test/again"))
		}, "nothing"},
		"to an address":    {func(r *rig) { r.https("autoconfig.harbour.test", to("https://127.0.0.1/")) }, "nothing"},
		"to this computer": {func(r *rig) { r.https("autoconfig.harbour.test", to("https://localhost./")) }, "nothing"},
		"to a file":        {func(r *rig) { r.https("autoconfig.harbour.test", to("file:///etc/passwd")) }, "nothing"},
		"with a password":  {func(r *rig) { r.https("autoconfig.harbour.test", to("https://a:b@www.harbour.test/")) }, "nothing"},
		"to nowhere":       {func(r *rig) { r.https("autoconfig.harbour.test", to("https://")) }, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.build(r)
			find(t, r.finder(), "alice@harbour.test", c.want)
		})
	}
}

// A server of the internet can't make Waxwing ask one of the private network.
func TestRedirectIntoAPrivateNetwork(t *testing.T) {
	for _, private := range []bool{false, true} {
		r := newRig(t)
		r.https("autoconfig.harbour.test", func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "https://router.harbour.test/", http.StatusFound)
		})
		r.https("router.harbour.test", file(good))
		f := r.finder()
		router := netip.MustParseAddr("127.0.0.2")
		f.isPublic = func(ip netip.Addr) bool { return ip != router }
		want := goodAnswer
		if private {
			_, port, err := net.SplitHostPort(r.hosts["router.harbour.test:443"])
			if err != nil {
				t.Fatal(err)
			}
			relay(t, "127.0.0.2:"+port, r.hosts["router.harbour.test:443"])
			r.lead("router.harbour.test", 443, "127.0.0.2:"+port)
			want = "nothing"
		}
		find(t, f, "alice@harbour.test", want)
		for _, request := range r.requests() {
			if private && strings.Contains(request, "router") {
				t.Errorf("asked %s", request)
			}
		}
	}
}

// relay accepts at one address what is served at another.
func relay(t *testing.T, at, to string) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", to)
			if err != nil {
				_ = c.Close()
				continue
			}
			go func() { _, _ = copyAndClose(up, c) }()
			go func() { _, _ = copyAndClose(c, up) }()
		}
	}()
}

func TestPublic(t *testing.T) {
	for ip, want := range map[string]bool{
		"192.0.2.1": true, "2001:db8::1": true, "127.0.0.1": false, "10.1.2.3": false, "192.168.0.1": false,
		"169.254.1.1": false, "100.64.0.1": false, "::1": false, "fe80::1": false, "fd00::1": false, "0.0.0.0": false,
	} {
		if got := public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("public(%s) = %v", ip, got)
		}
	}
}

// silent accepts connections and never says anything.
func (r *rig) silent(names ...string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.tb.Fatal(err)
	}
	r.tb.Cleanup(func() { _ = l.Close() })
	for _, name := range names {
		for _, port := range []int{80, 443, 143, 993, 465, 587} {
			r.lead(name, port, l.Addr().String())
		}
	}
}

func TestSilenceEndsWithTheDeadline(t *testing.T) {
	r := newRig(t)
	r.silent("autoconfig.harbour.test", "harbour.test", "autodiscover.harbour.test", "ispdb.test", "imap.harbour.test", "smtp.harbour.test")
	f := r.finder()
	f.Deadline = 200 * time.Millisecond
	result := find(t, f, "alice@harbour.test", "nothing")
	for _, a := range result.Tried {
		if a.Source == SourceISPDB && a.Outcome != OutcomeTooLate {
			t.Errorf("tried %+v, want too late", a)
		}
	}
}

func TestTheBestAnswerWins(t *testing.T) {
	const srv = `srv other "" | imap.harbour.test:993/tls(alice@harbour.test) |`
	record := "_imaps._tcp.harbour.test. 60 IN SRV 0 1 993 imap.harbour.test."
	t.Run("a better source waits for none", func(t *testing.T) {
		r := newRig(t)
		r.dns.Add(t, record)
		r.https("autoconfig.harbour.test", file(good))
		r.silent("ispdb.test", "imap.harbour.test", "harbour.test") // the database may never answer
		find(t, r.finder(), "alice@harbour.test", goodAnswer)
	})
	t.Run("after a while a good answer is enough", func(t *testing.T) {
		r := newRig(t)
		r.dns.Add(t, record)
		r.silent("autoconfig.harbour.test")
		f := r.finder()
		f.Settle = 10 * time.Millisecond
		result := find(t, f, "alice@harbour.test", srv)
		if result.Tried[1].Outcome != OutcomeUnasked {
			t.Errorf("tried %+v", result.Tried[1])
		}
	})
	t.Run("a trustworthy one goes before a cautioned one of a better source", func(t *testing.T) {
		r := newRig(t)
		r.dns.Add(t, "_imaps._tcp.harbour.test. 60 IN SRV 0 1 993 imap.evil.example.")
		r.mail("mail.harbour.test", 993, r.authority.Names(t, "mail.harbour.test"), "* OK hello")
		find(t, r.finder(), "alice@harbour.test", `probe other "" | mail.harbour.test:993/tls(alice@harbour.test) |`)
	})
	t.Run("servers go before a mere Exchange", func(t *testing.T) {
		r := newRig(t)
		r.http("autoconfig.harbour.test", file(good))
		r.https("autodiscover.harbour.test", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "NTLM")
			w.WriteHeader(http.StatusUnauthorized)
		})
		find(t, r.finder(), "alice@harbour.test", strings.Replace(goodAnswer, "domain", "plain", 1)+" !plainHTTP:autoconfig.harbour.test")
	})
}

func TestCancelled(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.https("ispdb.test", func(_ http.ResponseWriter, q *http.Request) {
		cancel()
		<-q.Context().Done()
	})
	result, err := r.finder().Find(ctx, "alice@harbour.test")
	if mail.CodeOf(err) != mail.CodeCancelled || result.Answer != nil {
		t.Errorf("%v, %v; want cancelled", show(result.Answer), err)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(exchangeAnswer))
	f.Add([]byte(`<clientConfig><emailProvider><incomingServer type="imap"/></emailProvider></clientConfig>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		name, imap, smtp, err := readConfig(data, "alice@harbour.test")
		if (err == nil) != (len(imap) > 0) {
			t.Fatalf("%d servers with error %v", len(imap), err)
		}
		if strings.ContainsFunc(name, isUnprintable) {
			t.Fatalf("name %q", name)
		}
		for _, c := range append(imap, smtp...) {
			host, ok := cleanHost(c.Host)
			if !ok || host != c.Host || c.Port < 1 || c.Port > 65535 || c.User == "" || len(c.SignIn) == 0 ||
				strings.ContainsFunc(fmt.Sprint(c), isUnprintable) {
				t.Fatalf("server %+v", c)
			}
		}
	})
}
