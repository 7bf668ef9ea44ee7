package main

import (
	"context"
	"html"
	"os"
	"path/filepath"
	"strings"

	"waxwing/backend/engine"
	"waxwing/backend/mail"
	"waxwing/backend/render"
)

// readSignature reads a signature from a file: HTML where the name says so, else
// text. Without a file there is none.
func readSignature(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", misused("--signature-file: %v", err)
	}
	source := string(data)
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".html" && ext != ".htm" {
		source = strings.ReplaceAll(html.EscapeString(source), "\n", "<br>")
	}
	signature, ok := render.Signature(source)
	if !ok {
		return "", misused("--signature-file: %s is too long", path)
	}
	return signature, nil
}

// setSignature gives an account's own identity a signature, empty for none.
func setSignature(ctx context.Context, e *engine.Engine, id mail.AccountID, signature string) error {
	own, err := e.OwnIdentity(ctx, id)
	if err != nil {
		return err
	}
	own.Signature = signature
	_, err = e.SetIdentity(ctx, own)
	return err
}
