// Package oauth signs in at a provider's page and keeps the tokens that this
// gives (OAuth 2.0, RFC 6749, for native applications, RFC 8252; OpenID Connect).
//
// Guarantees:
//   - Nothing waits without end: a Flow is bounded by its Timeout, every request
//     by the HTTP client's, and all end with their context.
//   - A code is taken only with the state that this flow sent, only once, only on
//     loopback, and is worth nothing without the verifier (PKCE S256, RFC 7636),
//     which never leaves but to the token endpoint.
//   - Tokens are asked for over HTTPS only, except on this computer, and no
//     redirect is followed with them.
//   - A renewed grant is saved before its tokens are used, so that a crash can't
//     leave one behind that the provider has taken back. Renewals of a grant
//     happen one at a time, however many ask, and go on when who asked gives up.
//   - Every failure is a *mail.Error. The end of a sign-in (CodeSignInExpired) is
//     never confused with a network or a service that fails.
//   - No error and no log holds a token, a code or a client's secret.
package oauth
