package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// claims are who signed in, as OpenID Connect tells (Core §2, §5.1).
type claims struct {
	Audience audience `json:"aud"`
	Email    string   `json:"email"`
	Username string   `json:"preferred_username"` // an address at Microsoft
	UPN      string   `json:"upn"`
}

// audience is one text or several.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// whoSignedIn returns the addresses of who signed in; none when the provider
// doesn't tell.
func (f *Flow) whoSignedIn(ctx context.Context, s service, token *oauth2.Token) []string {
	text, _ := token.Extra("id_token").(string)
	if c, ok := parseIDToken(text); ok && slices.Contains(c.Audience, f.Client.ID) {
		if list := c.addresses(); len(list) > 0 {
			return list
		}
	}
	if s.userInfo == "" {
		return nil
	}
	return f.userInfo(ctx, s.userInfo, token.AccessToken).addresses()
}

func (c claims) addresses() []string {
	return slices.DeleteFunc([]string{c.Email, c.Username, c.UPN}, func(s string) bool { return !strings.Contains(s, "@") })
}

// parseIDToken reads the claims. The token came from the token endpoint itself,
// whose TLS stands for its signature (OpenID Connect Core §3.1.3.7, 6), and
// decides about nothing but whether to warn of a mistaken account.
func parseIDToken(text string) (c claims, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	return c, err == nil && json.Unmarshal(payload, &c) == nil
}

// userInfo asks who signed in. No answer is no failure: the mail server will see.
func (f *Flow) userInfo(ctx context.Context, address, token string) (c claims) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return c
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := f.HTTP.Do(r)
	if err != nil {
		return c
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, maxDocument)).Decode(&c) != nil {
		return claims{}
	}
	return c
}
