package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"waxwing/backend/mailtest"
)

// strangersDomain is the domain whose DNS names our servers, which are another's.
const strangersDomain = "quay.test"

// failingDomain is one whose DNS names a server first at which nobody listens.
const failingDomain = "pier.test"

// discovery publishes how the servers are reached: mailtest.Domain in a
// configuration file by HTTPS, strangersDomain and failingDomain in DNS. It returns where to ask: the
// DNS server, and a proxy by which the domains' web servers are reached.
func discovery(h *harness, s *mailtest.Server, a *mailtest.Authority) (nameserver, proxy string) {
	d := mailtest.NewDNS(h)
	d.Add(h,
		fmt.Sprintf("_imaps._tcp.%s. 60 IN SRV 0 1 %d localhost.", strangersDomain, s.IMAPS().Port),
		fmt.Sprintf("_submissions._tcp.%s. 60 IN SRV 0 1 %d localhost.", strangersDomain, s.Submissions().Port))
	d.Add(h,
		fmt.Sprintf("_imaps._tcp.%s. 60 IN SRV 0 1 1 localhost.", failingDomain),
		fmt.Sprintf("_imaps._tcp.%s. 60 IN SRV 1 1 %d localhost.", failingDomain, s.IMAPS().Port),
		fmt.Sprintf("_submissions._tcp.%s. 60 IN SRV 0 1 %d localhost.", failingDomain, s.Submissions().Port))
	file := configuration(s.IMAPS().Port, s.Submissions().Port)
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, file) // the client may have gone
	}))
	web.TLS = a.Names(h, "autoconfig."+mailtest.Domain)
	web.StartTLS()
	h.Cleanup(web.Close)
	between := httptest.NewServer(tunnel("autoconfig."+mailtest.Domain+":443", web.Listener.Addr().String()))
	h.Cleanup(between.Close)
	return d.Addr, between.URL
}

// tunnel is a proxy (RFC 9110 §9.3.6) that knows one server.
func tunnel(name, address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != name {
			http.Error(w, "no such server", http.StatusBadGateway)
			return
		}
		server, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = server.Close()
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go pass(server, client)
		go pass(client, server)
	}
}

// pass copies until one side ends.
func pass(to io.WriteCloser, from io.Reader) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

// configuration is Mozilla's format, version 1.1.
func configuration(imaps, submissions int) string {
	server := func(element, kind string, port int) string {
		return fmt.Sprintf("<%[1]s type=%[2]q><hostname>localhost</hostname><port>%[3]d</port><socketType>SSL</socketType>"+
			"<username>%%EMAILLOCALPART%%</username><authentication>password-cleartext</authentication></%[1]s>", element, kind, port)
	}
	return `<clientConfig version="1.1"><emailProvider id="waxwing.test"><displayName>Harbour Mail</displayName>` +
		server("incomingServer", "imap", imaps) + server("outgoingServer", "smtp", submissions) + `</emailProvider></clientConfig>`
}
