package mailtest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// A DNS is a name server on loopback that knows the records it was told and says
// of everything else that there is no such name.
type DNS struct {
	// Addr is where it listens, "host:port", by UDP and TCP.
	Addr string

	mu      sync.Mutex
	records map[dns.Question][]dns.RR
	broken  func(dns.ResponseWriter, *dns.Msg)
	asked   []string
}

// NewDNS starts a name server that lives as long as the test.
func NewDNS(tb testing.TB) *DNS {
	tb.Helper()
	s := &DNS{records: map[dns.Question][]dns.RR{}}
	packets, stream, err := listenTwice()
	for range startAttempts { // somebody else may have the port for TCP
		if err == nil {
			break
		}
		packets, stream, err = listenTwice()
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.Addr = packets.LocalAddr().String()
	for _, server := range []*dns.Server{{PacketConn: packets}, {Listener: stream}} {
		started := make(chan struct{})
		server.Handler, server.NotifyStartedFunc = s, func() { close(started) }
		go func() { _ = server.ActivateAndServe() }() // ends with Shutdown
		<-started
		tb.Cleanup(func() { _ = server.Shutdown() })
	}
	return s
}

// listenTwice listens on one free port by UDP and TCP.
func listenTwice() (net.PacketConn, net.Listener, error) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	stream, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		_ = packets.Close()
		return nil, nil, err
	}
	return packets, stream, nil
}

// Add adds records in the notation of zone files (RFC 1035 §5):
// "_imaps._tcp.example.test. 60 IN SRV 0 1 993 mail.example.test.".
func (s *DNS) Add(tb testing.TB, lines ...string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range lines {
		record, err := dns.NewRR(line)
		if err != nil || record == nil {
			tb.Fatalf("mailtest: %q is no DNS record: %v", line, err)
		}
		h := record.Header()
		q := dns.Question{Name: strings.ToLower(h.Name), Qtype: h.Rrtype, Qclass: h.Class}
		s.records[q] = append(s.records[q], record)
	}
}

// Break makes the server answer by f from now on.
func (s *DNS) Break(f func(dns.ResponseWriter, *dns.Msg)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = f
}

// Asked returns the questions so far, as "TYPE name.".
func (s *DNS) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// ServeDNS is dns.Handler's.
func (s *DNS) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	answer := new(dns.Msg).SetReply(request)
	s.mu.Lock()
	broken := s.broken
	for _, q := range request.Question {
		q.Name = strings.ToLower(q.Name)
		s.asked = append(s.asked, dns.TypeToString[q.Qtype]+" "+q.Name)
		answer.Answer = append(answer.Answer, s.records[q]...)
	}
	s.mu.Unlock()
	if broken != nil {
		broken(w, request)
		return
	}
	if len(answer.Answer) == 0 {
		answer.Rcode = dns.RcodeNameError
	}
	_ = w.WriteMsg(answer) // the client may have gone
}
