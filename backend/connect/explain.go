package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"strconv"

	"waxwing/backend/mail"
)

// Explain returns err, met while talking to s, as an error that a person can
// act on. Its arguments hold "host" and "port". It returns nil for nil.
//
// A *mail.Error keeps its code. For a failed sign-in use ExplainSignIn, which
// knows what a bare refusal means there.
func Explain(err error, s mail.Server) *mail.Error {
	if err == nil {
		return nil
	}
	var known *mail.Error
	if errors.As(err, &known) {
		return located(&mail.Error{Code: known.Code, Args: known.Args, Server: known.Server, Err: known.Err}, s)
	}
	e := &mail.Error{Err: err}
	for _, explain := range []func(*mail.Error, error, mail.Server) bool{
		explainEnd, explainCertificate, explainTLS, explainIMAP, explainSMTP, explainNetwork,
	} {
		if explain(e, err, s) {
			return located(e, s)
		}
	}
	e.Code = mail.CodeInternal
	return located(e, s)
}

// located adds the server to e's arguments, in a map of its own.
func located(e *mail.Error, s mail.Server) *mail.Error {
	args := map[string]string{"host": s.Host, "port": strconv.Itoa(s.Port)}
	maps.Copy(args, e.Args)
	e.Args = args
	return e
}

// arg adds an argument to e.
func arg(e *mail.Error, key, value string) {
	if e.Args == nil {
		e.Args = map[string]string{}
	}
	e.Args[key] = value
}

// explainEnd recognises that the caller gave up.
func explainEnd(e *mail.Error, err error, _ mail.Server) bool {
	if errors.Is(err, context.Canceled) {
		e.Code = mail.CodeCancelled
		return true
	}
	return false
}

// explainCertificate recognises a refused certificate.
func explainCertificate(e *mail.Error, err error, _ mail.Server) bool {
	certificate, ok := Certificates(err)
	if !ok {
		return false
	}
	reason := err
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) {
		reason = unverified.Err
	}
	e.Code = mail.CodeTLSUntrusted
	var (
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
	)
	switch {
	case errors.As(reason, &hostname):
		e.Code = mail.CodeTLSWrongHost
	case errors.As(reason, &invalid) && invalid.Reason == x509.Expired:
		e.Code = mail.CodeTLSExpired
	case errors.Is(reason, errChanged):
		arg(e, "reason", "changed")
	}
	e.Err = &CertificateError{Certificate: certificate, Err: reason}
	return true
}

// explainTLS recognises a handshake that failed for another reason.
func explainTLS(e *mail.Error, err error, _ mail.Server) bool {
	var (
		plain tls.RecordHeaderError
		alert tls.AlertError
		op    *net.OpError
	)
	switch {
	case errors.As(err, &plain):
		e.Code = mail.CodeWrongSecurity
		arg(e, "offer", string(mail.SecuritySTARTTLS))
	case errors.As(err, &alert):
		e.Code = mail.CodeTLSFailed
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		// crypto/tls reports alerts in these words.
		e.Code = mail.CodeTLSFailed
	default:
		return false
	}
	return true
}

// explainNetwork recognises what resolvers, TCP and ends of streams report.
func explainNetwork(e *mail.Error, err error, _ mail.Server) bool {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Code = mail.CodeHostNotFound
	case errors.As(err, &dns):
		// A resolver that can't be asked: this computer, or its router, is offline.
		e.Code = mail.CodeNoNetwork
	case isAny(err, errnoRefused):
		e.Code = mail.CodeRefused
	case isAny(err, errnoUnreachable):
		e.Code = mail.CodeNoNetwork
	case isTimeout(err):
		e.Code = mail.CodeTimeout
	case isLost(err):
		e.Code = mail.CodeConnectionLost
	default:
		return false
	}
	return true
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		isAny(err, errnoTimeout) || errors.As(err, &timeout) && timeout.Timeout()
}

func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, net.ErrClosed) || isAny(err, errnoLost)
}

func isAny(err error, targets []error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
