package connect

import (
	"github.com/Azure/go-ntlmssp"
	"github.com/emersion/go-sasl"
)

// NTLM names the mechanism by which Exchange servers on premises sign in who may
// send no password, in IMAP (MS-OXIMAP) and SMTP (MS-SMTPNTLM).
const NTLM = "NTLM"

// NTLMClient returns the SASL client that signs in by NTLMv2 (MS-NLMP). The user
// is `DOMAIN\user` or a principal name; the password doesn't leave this computer.
// Channel binding is not supported: a server that requires it refuses.
func NTLMClient(c Credentials) sasl.Client { return ntlmClient{c} }

type ntlmClient struct{ Credentials }

// Start returns the NEGOTIATE_MESSAGE, which tells nothing about the person or
// this computer.
func (c ntlmClient) Start() (mechanism string, response []byte, err error) {
	response, err = ntlmssp.NewNegotiateMessage("", "")
	return NTLM, response, err
}

// Next answers the server's CHALLENGE_MESSAGE.
func (c ntlmClient) Next(challenge []byte) ([]byte, error) {
	return ntlmssp.NewAuthenticateMessage(challenge, c.User, c.Password, nil)
}
