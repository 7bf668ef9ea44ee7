package autoconfig

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"waxwing/backend/mail"
)

func TestSources(t *testing.T) {
	const own = "imap.harbour.test:993/tls(alice) | smtp.harbour.test:587/starttls(alice@harbour.test)"
	for _, c := range []struct {
		name  string
		build func(*rig)
		want  string
	}{
		{"nobody knows", func(*rig) {}, "nothing"},
		{"the domain's autoconfig", func(r *rig) {
			r.https("autoconfig.harbour.test", file(config("Harbour", "imap.harbour.test", "smtp.harbour.test")))
		}, `domain other "Harbour" | ` + own},
		{"the domain's well-known file", func(r *rig) {
			r.https("harbour.test", func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path != "/.well-known/autoconfig/mail/config-v1.1.xml" {
					http.NotFound(w, q)
					return
				}
				file(config("Harbour", "imap.%EMAILDOMAIN%", "smtp.harbour.test"))(w, q)
			})
		}, `domain other "Harbour" | ` + own},
		{"the domain vouches for a stranger", func(r *rig) {
			r.https("autoconfig.harbour.test", file(config("Hoster", "imap.hoster.example", "smtp.hoster.example")))
		}, `domain other "Hoster" | imap.hoster.example:993/tls(alice) | smtp.hoster.example:587/starttls(alice@harbour.test)`},
		{"a certificate for another name", func(r *rig) {
			r.https("elsewhere.test", file(config("Evil", "imap.harbour.test", "smtp.harbour.test")))
			r.lead("autoconfig.harbour.test", 443, r.hosts["elsewhere.test:443"])
		}, "nothing"},
		{"by HTTP only", func(r *rig) {
			r.http("autoconfig.harbour.test", file(config("Harbour", "imap.harbour.test", "smtp.evil.example")))
		}, `plain other "Harbour" | imap.harbour.test:993/tls(alice) | smtp.evil.example:587/starttls(alice@harbour.test)` +
			` !plainHTTP:autoconfig.harbour.test !otherDomain:smtp.evil.example`},
		{"Mozilla's database", func(r *rig) {
			r.https("ispdb.test", func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path != "/v1.1/harbour.test" {
					http.NotFound(w, q)
					return
				}
				file(config("Harbour", "imap.hoster.example", "smtp.hoster.example"))(w, q)
			})
		}, `ispdb other "Harbour" | imap.hoster.example:993/tls(alice) | smtp.hoster.example:587/starttls(alice@harbour.test)`},
		{"SRV, implicit TLS first, by priority", func(r *rig) {
			r.dns.Add(t, "_imap._tcp.harbour.test. 60 IN SRV 0 1 143 a.harbour.test.",
				"_imaps._tcp.harbour.test. 60 IN SRV 20 1 993 c.harbour.test.",
				"_imaps._tcp.harbour.test. 60 IN SRV 10 1 1993 b.harbour.test.",
				"_submission._tcp.harbour.test. 60 IN SRV 0 1 587 a.harbour.test.",
				"_submissions._tcp.harbour.test. 60 IN SRV 0 0 0 .")
		}, `srv other "" | b.harbour.test:1993/tls(alice@harbour.test) c.harbour.test:993/tls(alice@harbour.test)` +
			` a.harbour.test:143/starttls(alice@harbour.test) | a.harbour.test:587/starttls(alice@harbour.test)`},
		{"SRV says that there is no IMAP", func(r *rig) {
			r.dns.Add(t, "_imaps._tcp.harbour.test. 60 IN SRV 0 0 0 .", "_imap._tcp.harbour.test. 60 IN SRV 0 0 0 .",
				"_submissions._tcp.harbour.test. 60 IN SRV 0 1 465 a.harbour.test.")
		}, "nothing"},
		{"SRV to a stranger", func(r *rig) {
			r.dns.Add(t, "_imaps._tcp.harbour.test. 60 IN SRV 0 1 993 imap.evil.example.")
		}, `srv other "" | imap.evil.example:993/tls(alice@harbour.test) | !otherDomain:imap.evil.example`},
		{"SRV to a provider of the table", func(r *rig) {
			r.dns.Add(t, "_imaps._tcp.harbour.test. 60 IN SRV 0 1 993 imap.gmail.com.")
		}, `srv google "Google Workspace" | imap.gmail.com:993/tls(alice@harbour.test) |`},
		{"MX of Microsoft 365", func(r *rig) {
			r.dns.Add(t, "harbour.test. 60 IN MX 20 mx.elsewhere.test.",
				"harbour.test. 60 IN MX 0 harbour-test.mail.protection.outlook.com.")
		}, `mx microsoft "Microsoft 365" | outlook.office365.com:993/tls(alice@harbour.test) | smtp.office365.com:587/starttls(alice@harbour.test)`},
		{"MX of Google Workspace", func(r *rig) {
			r.dns.Add(t, "harbour.test. 60 IN MX 1 ASPMX.L.GOOGLE.COM.")
		}, `mx google "Google Workspace" | imap.gmail.com:993/tls(alice@harbour.test) | smtp.gmail.com:465/tls(alice@harbour.test)`},
		{"MX of one in Mozilla's database", func(r *rig) {
			r.dns.Add(t, "harbour.test. 60 IN MX 1 mx1.in.hoster.co.uk.")
			r.https("ispdb.test", func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path != "/v1.1/hoster.co.uk" {
					http.NotFound(w, q)
					return
				}
				file(config("Hoster", "imap.hoster.co.uk", "smtp.hoster.co.uk"))(w, q)
			})
		}, `mx other "Hoster" | imap.hoster.co.uk:993/tls(alice) | smtp.hoster.co.uk:587/starttls(alice@harbour.test)` +
			` !otherDomain:imap.hoster.co.uk !otherDomain:smtp.hoster.co.uk`},
		{"a null MX", func(r *rig) { r.dns.Add(t, "harbour.test. 60 IN MX 0 .") }, "nothing"},
		{"Exchange that wants a sign-in", func(r *rig) {
			r.https("autodiscover.harbour.test", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("WWW-Authenticate", "Negotiate")
				w.Header().Add("WWW-Authenticate", "NTLM")
				w.WriteHeader(http.StatusUnauthorized)
			})
		}, `autodiscover exchange "Exchange" | |`},
		{"a website that wants a sign-in", func(r *rig) {
			r.https("harbour.test", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("WWW-Authenticate", `Basic realm="staging"`)
				w.WriteHeader(http.StatusUnauthorized)
			})
		}, "nothing"},
		{"Exchange that tells unasked", func(r *rig) {
			r.https("autodiscover.harbour.test", file(exchangeAnswer))
		}, `autodiscover exchange "Exchange" | mail.harbour.test:993/tls(HARBOUR\alice) mail.harbour.test:143/starttls(alice@harbour.test)` +
			` | mail.harbour.test:587/starttls(alice@harbour.test)`},
		{"autodiscover of Microsoft 365", func(r *rig) {
			r.http("autodiscover.harbour.test", func(w http.ResponseWriter, q *http.Request) {
				http.Redirect(w, q, "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml", http.StatusFound)
			})
		}, `autodiscover microsoft "Microsoft 365" | outlook.office365.com:993/tls(alice@harbour.test) | smtp.office365.com:587/starttls(alice@harbour.test)`},
		{"autodiscover by HTTP to anywhere else", func(r *rig) {
			r.http("autodiscover.harbour.test", func(w http.ResponseWriter, q *http.Request) {
				http.Redirect(w, q, "https://outlook.com.evil.example/", http.StatusFound)
			})
		}, "nothing"},
		{"usual names", func(r *rig) {
			c := r.authority.Names(t, "imap.harbour.test", "mail.harbour.test", "smtp.harbour.test")
			r.mail("mail.harbour.test", 993, c, "* OK hello")
			r.mail("imap.harbour.test", 143, c, "* OK hello")
			r.mail("mail.harbour.test", 465, c, "220 hello")
		}, `probe other "" | imap.harbour.test:143/starttls(alice@harbour.test) | mail.harbour.test:465/tls(alice@harbour.test)`},
		{"usual names with STARTTLS for sending", func(r *rig) {
			c := r.authority.Names(t, "harbour.test")
			r.mail("harbour.test", 993, c, "* OK hello")
			r.mail("harbour.test", 587, c, "220-hello\r\n220 there")
		}, `probe other "" | harbour.test:993/tls(alice@harbour.test) | harbour.test:587/starttls(alice@harbour.test)`},
		{"usual names that answer something else", func(r *rig) {
			c := r.authority.Names(t, "imap.harbour.test")
			r.mail("imap.harbour.test", 993, c, "HTTP/1.1 400 Bad Request")
			r.mail("imap.harbour.test", 143, nil, "* OK but no TLS")
			r.mail("mail.harbour.test", 993, c, "* OK for another name")
		}, "nothing"},
		{"usual names, and Exchange", func(r *rig) {
			r.mail("mail.harbour.test", 993, r.authority.Names(t, "mail.harbour.test"), "* OK hello")
			r.https("autodiscover.harbour.test", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-FEServer", "EX01")
				w.WriteHeader(http.StatusUnauthorized)
			})
		}, `probe exchange "Exchange" | mail.harbour.test:993/tls(alice@harbour.test) |`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.build(r)
			find(t, r.finder(), " alice@harbour.test ", c.want)
		})
	}
}

const exchangeAnswer = `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"><Account><AccountType>email</AccountType><Action>settings</Action>
<Protocol><Type>EXCH</Type><Server>ex.harbour.local</Server></Protocol>
<Protocol><Type>IMAP</Type><Server>mail.harbour.test</Server><Port>993</Port><LoginName>HARBOUR\alice</LoginName><SSL>on</SSL></Protocol>
<Protocol><Type>IMAP</Type><Server>mail.harbour.test</Server><Port>143</Port><Encryption>TLS</Encryption></Protocol>
<Protocol><Type>IMAP</Type><Server>mail.harbour.test</Server><Port>banana</Port></Protocol>
<Protocol><Type>SMTP</Type><Server>mail.harbour.test</Server><Port>587</Port><Encryption>TLS</Encryption></Protocol>
</Account></Response></Autodiscover>`

func TestNobodyIsAskedAboutAKnownProvider(t *testing.T) {
	r := newRig(t)
	result := find(t, r.finder(), "alice@gmail.com",
		`table google "Gmail" | imap.gmail.com:993/tls(alice@gmail.com) | smtp.gmail.com:465/tls(alice@gmail.com)`)
	if want := []mail.SignInMethod{mail.SignInOAuth, mail.SignInAppPassword}; !slices.Equal(result.Answer.SignIn(), want) {
		t.Errorf("sign in by %v, want %v", result.Answer.SignIn(), want)
	}
	if asked := append(r.dns.Asked(), r.requests()...); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
	if len(result.Tried) != len(sources)+1 || result.Tried[0].Outcome != OutcomeFound || result.Tried[1].Outcome != OutcomeUnasked {
		t.Errorf("tried %+v", result.Tried)
	}
}

// The address goes to HTTPS servers of its own domain only.
func TestWhoLearnsTheAddress(t *testing.T) {
	r := newRig(t)
	notFound := http.NotFound
	for _, name := range []string{"autoconfig.harbour.test", "harbour.test", "autodiscover.harbour.test", "ispdb.test"} {
		r.https(name, notFound)
		r.http(name, notFound)
	}
	r.https("autoconfig.harbour.test", func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "https://elsewhere.example/x?a=b&emailaddress="+q.URL.Query().Get("emailaddress"), http.StatusFound)
	})
	r.https("autodiscover.harbour.test", func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "https://elsewhere.example/autodiscover", http.StatusTemporaryRedirect)
	})
	r.https("elsewhere.example", notFound)
	r.dns.Add(t, "harbour.test. 60 IN MX 1 mx.hoster.example.")
	find(t, r.finder(), "alice@harbour.test", "nothing")
	told := 0
	for _, request := range r.requests() {
		if !strings.Contains(request, "alice") {
			continue
		}
		told++
		at, _, _ := strings.Cut(strings.SplitN(request, "https://", 2)[1], "/")
		if !strings.Contains(request, " https://") || !sameOwner(at, "harbour.test") {
			t.Errorf("told the address: %s", request)
		}
	}
	if told != 4 {
		t.Errorf("%d requests with the address, want 4: %q", told, r.requests())
	}
	if !slices.ContainsFunc(r.requests(), func(s string) bool { return strings.HasPrefix(s, "GET https://elsewhere.example/x?a=b ") }) {
		t.Errorf("the redirect wasn't followed: %q", r.requests())
	}
	for _, question := range r.dns.Asked() {
		if strings.Contains(question, "alice") {
			t.Errorf("asked DNS %s", question)
		}
	}
}

func TestInternationalDomain(t *testing.T) {
	r := newRig(t)
	r.https("autoconfig.xn--mller-kva.example", file(config("Müller", "imap.müller.example", "smtp.%EMAILDOMAIN%")))
	find(t, r.finder(), "jörg@Müller.example", `domain other "Müller" | imap.xn--mller-kva.example:993/tls(jörg)`+
		` | smtp.xn--mller-kva.example:587/starttls(jörg@Müller.example)`)
}

func TestWhatIsNoAddress(t *testing.T) {
	for _, email := range []string{"", "alice", "alice@", "alice@localhost", "alice@192.0.2.1", "alice@[::1]", "alice@a b.test", "@harbour.test"} {
		if _, err := new(Finder).Find(t.Context(), email); mail.CodeOf(err) != mail.CodeInvalid {
			t.Errorf("Find(%q): %v, want invalid", email, err)
		}
	}
}

// DNS that answers nonsense is one source that failed, and stops no other.
func TestGarbageFromDNS(t *testing.T) {
	for name, answer := range map[string]func(dns.ResponseWriter, *dns.Msg){
		"octets":  func(w dns.ResponseWriter, _ *dns.Msg) { _, _ = w.Write([]byte("\x00\x01garbage")) },
		"refusal": func(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused)) },
		"other": func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			for _, line := range []string{q.Question[0].Name + " 1 IN SRV 0 0 993 bad\\032name\\000.", q.Question[0].Name + " 1 IN MX 0 -."} {
				if rr, err := dns.NewRR(line); err == nil {
					m.Answer = append(m.Answer, rr)
				}
			}
			_ = w.WriteMsg(m)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.dns.Break(answer)
			r.https("ispdb.test", file(config("Harbour", "imap.harbour.test", "smtp.harbour.test")))
			f := r.finder()
			f.Settle = 1
			find(t, f, "alice@harbour.test", `ispdb other "Harbour" | imap.harbour.test:993/tls(alice) | smtp.harbour.test:587/starttls(alice@harbour.test)`)
		})
	}
}

// TestPolicyAuthorities: the web servers that are asked may be certified by an
// authority of the organisation, as may a proxy in between.
func TestPolicyAuthorities(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.https("autoconfig.harbour.test", file(config("Harbour", "imap.harbour.test", "smtp.harbour.test")))
	f := r.finder()
	f.Dialer.Roots = nil // the system's
	if result, err := f.Find(t.Context(), "alice@harbour.test"); mail.CodeOf(err) != mail.CodeNotDiscovered {
		t.Errorf("before: %+v, %v", result.Answer, err)
	}
	f.Dialer.Authorities = func() string { return r.authority.PEM }
	if result, err := f.Find(t.Context(), "alice@harbour.test"); err != nil || result.Answer.Source != SourceDomain {
		t.Errorf("with the authority: %+v, %v", result.Answer, err)
	}
}
