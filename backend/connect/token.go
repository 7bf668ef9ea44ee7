package connect

import (
	"context"
	"encoding/base64"
	"errors"
	"net/textproto"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"

	"waxwing/backend/mail"
)

// Tokens give the access tokens of one account (RFC 6749 §1.4). The methods
// are safe for concurrent use, and their errors are *mail.Error.
type Tokens interface {
	// Token returns a token that should be accepted now.
	Token(context.Context) (string, error)
	// Renew returns another token than the one that a server refused.
	Renew(ctx context.Context, refused string) (string, error)
}

// XOAuth2 is a mechanism that providers had before OAUTHBEARER (RFC 7628) and
// of which some know nothing else. It has no RFC.
const XOAuth2 = "XOAUTH2"

// ByToken calls try, which signs in at s, with a token. If the server refuses
// it, try is called once more with another one: a server may know earlier than
// we do that a token has ended. CodeTokenRefused means that both were refused.
func (c Credentials) ByToken(ctx context.Context, s mail.Server, try func(token string) error) error {
	token, err := c.Tokens.Token(ctx)
	if err != nil {
		return err
	}
	err = try(token)
	if !refusesToken(err, s) {
		return err
	}
	if token, err = c.Tokens.Renew(ctx, token); err != nil {
		return err
	}
	err = try(token)
	if refusesToken(err, s) {
		return located(&mail.Error{Code: mail.CodeTokenRefused, Server: Explain(err, s).Server, Err: err}, s)
	}
	return err
}

// refusesToken reports whether err blames what was signed in with.
func refusesToken(err error, s mail.Server) bool {
	if err == nil {
		return false
	}
	switch ExplainSignIn(err, s).Code {
	case mail.CodeSignIn, mail.CodeAppPassword, mail.CodeSignInDisabled:
		return true
	}
	return false
}

// TokenClient returns the SASL client that signs user in at s by a token with
// the best of the mechanisms that the server offers. CodeTokenUnsupported means
// that it offers none.
func TokenClient(offered []string, user, token string, s mail.Server) (sasl.Client, error) {
	// XOAUTH2 first: where a provider has both, it is the one in wide use.
	switch has := func(m string) bool {
		return slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, m) })
	}; {
	case has(XOAuth2):
		return &tokenClient{XOAuth2, "user=" + user + "\x01auth=Bearer " + token + "\x01\x01"}, nil
	case has(sasl.OAuthBearer):
		o := &sasl.OAuthBearerOptions{Username: authzid.Replace(user), Token: token, Host: s.Host, Port: s.Port}
		_, initial, err := sasl.NewOAuthBearerClient(o).Start()
		return &tokenClient{sasl.OAuthBearer, string(initial)}, err
	}
	return nil, located(&mail.Error{Code: mail.CodeTokenUnsupported}, s)
}

// authzid writes a user name as GS2 does (RFC 5801 §4).
var authzid = strings.NewReplacer("=", "=3D", ",", "=2C")

// A tokenClient is a mechanism of one message.
type tokenClient struct{ mechanism, initial string }

func (c *tokenClient) Start() (string, []byte, error) { return c.mechanism, []byte(c.initial), nil }

// Next answers the only challenge there is: it tells of a failure, and the
// server says so properly after a response that holds nothing (RFC 7628 §3.2.3;
// XOAUTH2 servers read none).
func (c *tokenClient) Next([]byte) ([]byte, error) { return []byte{1}, nil }

// maxCommand is the longest command line of SMTP, with its end (RFC 5321
// §4.5.3.1.4). RFC 4954 §4 allows longer ones, but not everybody has read it.
const maxCommand = 512

// authSMTP signs in over a submission connection (RFC 4954). go-mail's own way
// hangs up after a refusal and would send an initial response of any length.
func authSMTP(conn *textproto.Conn, client sasl.Client) error {
	mechanism, response, err := client.Start()
	if err != nil {
		return err
	}
	encoded := base64.StdEncoding.EncodeToString(response)
	line, sent := "AUTH "+mechanism+" "+encoded, true
	if len(line)+len("\r\n") > maxCommand {
		line, sent = "AUTH "+mechanism, false
	}
	for {
		code, text, err := exchange(conn, line)
		if err != nil || code == 235 {
			return err
		}
		if code != 334 {
			return &textproto.Error{Code: code, Msg: text}
		}
		if !sent {
			line, sent = encoded, true
			continue
		}
		challenge, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return errors.Join(textproto.ProtocolError("a challenge that isn't base64"), err)
		}
		if response, err = client.Next(challenge); err != nil {
			return err
		}
		line = base64.StdEncoding.EncodeToString(response)
	}
}

// exchange sends one line and reads the reply to it.
func exchange(conn *textproto.Conn, line string) (code int, text string, err error) {
	id, err := conn.Cmd("%s", line)
	if err != nil {
		return 0, "", err
	}
	conn.StartResponse(id)
	defer conn.EndResponse(id)
	return conn.ReadResponse(0)
}
