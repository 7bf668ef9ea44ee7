package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"waxwing/backend/mail"
)

// TestEveryCodeHasASentence reads the codes from the source, so that a new one
// can't be forgotten, in the manual neither.
func TestEveryCodeHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "mail", "error.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "waxwingctl.md"))
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		for _, v := range spec.Values {
			code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes++
			if !strings.Contains(string(manual), "\n| `"+code+"` | ") {
				t.Errorf("code %s isn't in the manual's list", code)
			}
			if text := sentences[mail.Code(code)]; !strings.HasSuffix(text, ".") {
				t.Errorf("code %s has the sentence %q", code, text)
			}
		}
		return true
	})
	if codes != len(sentences) {
		t.Errorf("%d codes and %d sentences", codes, len(sentences))
	}
}

func TestSentence(t *testing.T) {
	tests := []struct {
		err  mail.Error
		want string
	}{
		{
			mail.Error{Code: mail.CodeRefused, Args: map[string]string{"host": "imap.example.org", "port": "993"}},
			"Nothing answers at imap.example.org, port 993. Check the port, or whether the server is down.",
		},
		{
			mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "imap.ca"}},
			"The value for --ca can't be used.",
		},
		{mail.Error{Code: mail.CodeTimeout}, "The server didn't answer in time."},
		{
			mail.Error{Code: mail.CodeSignIn, Args: map[string]string{"host": "h"}, Server: "[AUTHENTICATIONFAILED] No."},
			"h refused the user name or the password. The server said: [AUTHENTICATIONFAILED] No.",
		},
		{
			mail.Error{Code: mail.CodeCannotWrite, Args: map[string]string{"path": "/mail", "reason": "readOnlyDisk"}},
			"/mail can't be written: it is on a disk that can only be read. Make it writable, or name another folder with --data.",
		},
		{
			mail.Error{Code: mail.CodeCannotWrite, Args: map[string]string{"path": "/mail", "reason": "another"}},
			"/mail can't be written.",
		},
		{
			mail.Error{Code: mail.CodeDamaged, Args: map[string]string{"path": "/mail/waxwing.db", "reason": "application"}},
			"The database /mail/waxwing.db is damaged. It holds accounts and settings: restore it from a backup, or move it away and connect your accounts again.",
		},
		{mail.Error{Code: "unheard of"}, "Something went wrong inside Waxwing."},
	}
	for _, tt := range tests {
		if got := sentence(&tt.err); got != tt.want {
			t.Errorf("sentence(%v) = %q, want %q", &tt.err, got, tt.want)
		}
	}
	for name := range particular {
		code, reason, _ := strings.Cut(name, ".")
		e := &mail.Error{Code: mail.Code(code), Args: map[string]string{"reason": reason}}
		if got := sentence(e); strings.ContainsAny(got, "{}") || sentences[e.Code] == "" {
			t.Errorf("sentence of a bare %s is %q", name, got)
		}
	}
	for code := range sentences {
		if got := sentence(&mail.Error{Code: code}); strings.ContainsAny(got, "{}") || strings.Contains(got, "  ") {
			t.Errorf("sentence of a bare %s is %q", code, got)
		}
	}
}
