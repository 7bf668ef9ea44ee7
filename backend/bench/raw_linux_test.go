package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"
)

// rawEnvironment makes the test binary play the raw meter: address, user and
// password, separated by spaces.
const rawEnvironment = "WAXWING_BENCH_RAW"

func TestMain(m *testing.M) {
	if target := os.Getenv(rawEnvironment); target != "" {
		if err := fetchAndDiscard(target); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fetchAndDiscard reads all messages of the inbox and keeps nothing but their
// number, which it prints.
func fetchAndDiscard(target string) error {
	var address, user, password string
	if _, err := fmt.Sscan(target, &address, &user, &password); err != nil {
		return err
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	r := bufio.NewReaderSize(conn, 256<<10)
	if _, err := r.ReadSlice('\n'); err != nil {
		return err
	}
	literals := 0
	for i, command := range []string{
		fmt.Sprintf("LOGIN %s %s", user, password),
		"EXAMINE INBOX",
		"UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])",
		"LOGOUT",
	} {
		tag := fmt.Sprintf("r%d", i)
		if _, err := fmt.Fprintf(conn, "%s %s\r\n", tag, command); err != nil {
			return err
		}
		n, err := discard(r, tag+" ")
		if err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		literals += n
	}
	fmt.Println(literals)
	return nil
}

// discard reads up to the tagged response and returns the number of literals.
func discard(r *bufio.Reader, tag string) (literals int, err error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return literals, err
		}
		if bytes.HasPrefix(line, []byte(tag)) {
			if !bytes.HasPrefix(line[len(tag):], []byte("OK")) {
				return literals, fmt.Errorf("%q", line)
			}
			return literals, nil
		}
		line = bytes.TrimRight(line, "\r\n")
		if !bytes.HasSuffix(line, []byte("}")) {
			continue
		}
		n, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, '{')+1 : len(line)-1]))
		if err != nil {
			return literals, err
		}
		if _, err := r.Discard(n); err != nil {
			return literals, err
		}
		literals++
	}
}
