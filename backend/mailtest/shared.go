package mailtest

import (
	"os"
	"sync"
	"testing"
)

var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Shared returns the one usual server of the package under test, started at the
// first call. Tests keep apart by using a user of their own (Server.NewUser).
// The package's TestMain must be
//
//	func TestMain(m *testing.M) { mailtest.Main(m) }
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.once.Do(func() { shared.server, shared.err = newServer(tb, Options{}) })
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.server
}

// Main runs the tests, stops the shared server and exits.
func Main(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		shared.server.close()
	}
	os.Exit(code)
}
