package main

import (
	"maps"
	"strings"

	"waxwing/backend/mail"
	"waxwing/backend/policy"
)

// sentences says what each code means and what to do about it. A word in
// braces is filled from the error's arguments.
var sentences = map[mail.Code]string{
	mail.CodeInternal:         "Something went wrong inside Waxwing.",
	mail.CodeNotFound:         "There is no {id} here.",
	mail.CodeInvalid:          "The value for {field} can't be used.",
	mail.CodeExists:           "{account} is connected already.",
	mail.CodeConflict:         "It was changed meanwhile, or is on its way. Look at it again.",
	mail.CodeCancelled:        "Stopped before it was done.",
	mail.CodeNoNetwork:        "This computer has no network connection.",
	mail.CodeHostNotFound:     "There is no server named {host}. Check its name.",
	mail.CodeRefused:          "Nothing answers at {host}, port {port}. Check the port, or whether the server is down.",
	mail.CodeTimeout:          "{host} didn't answer in time.",
	mail.CodeConnectionLost:   "The connection to {host} was lost.",
	mail.CodeTLSUntrusted:     "The certificate of {host} is signed by nobody this computer trusts. Give its authority with --ca.",
	mail.CodeTLSExpired:       "The certificate of {host} has expired or isn't valid yet. Check this computer's clock.",
	mail.CodeTLSWrongHost:     "The certificate that {host} shows is for another server. Check the server's name.",
	mail.CodeTLSFailed:        "{host} and this computer couldn't agree on an encrypted connection.",
	mail.CodeWrongSecurity:    "{host} doesn't speak this protection on port {port}. Try {offer}.",
	mail.CodeNoSTARTTLS:       "{host} doesn't offer STARTTLS on port {port}. Try tls.",
	mail.CodeNotIMAP:          "What answers at {host}, port {port}, is no IMAP server.",
	mail.CodeNotSMTP:          "What answers at {host}, port {port}, is no SMTP server.",
	mail.CodeSignIn:           "{host} refused the user name or the password.",
	mail.CodeAppPassword:      "{host} wants an app password, made in the account's settings at the provider.",
	mail.CodeSignInDisabled:   "{host} takes no password on this connection. Try tls or starttls; if that is chosen, its administrator must allow PLAIN, LOGIN or NTLM.",
	mail.CodeSignInExpired:    "The sign-in of {account} has ended. Sign in again with account signin.",
	mail.CodeSignInTimeout:    "Nobody finished signing in. Start again.",
	mail.CodeConsentDenied:    "Access to the mail wasn't allowed on the sign-in page. Sign in again and allow it.",
	mail.CodeAdminApproval:    "The organisation of {account} must approve Waxwing first. Ask its administrator.",
	mail.CodeWrongAccount:     "Somebody else signed in: {signedIn} in place of {account}. Sign out in the browser and sign in again. For a shared mailbox, say who signs in with --login.",
	mail.CodeNoClientID:       "No client id for {provider} is known. Register one (docs/ADMIN.md) and give it with --client-id.",
	mail.CodeClientRefused:    "{provider} doesn't accept the client id. Check it and what it is registered for (docs/ADMIN.md).",
	mail.CodeNotOpenID:        "{issuer} is no OpenID provider that can be used. Check its address.",
	mail.CodeProviderDown:     "The sign-in service at {host} doesn't work at the moment. Try again later.",
	mail.CodeTokenRefused:     "{host} refuses the sign-in although the provider accepts it. Check that it is the right account and that IMAP and SMTP are switched on for it.",
	mail.CodeTokenUnsupported: "{host} takes passwords only, no sign-in in the browser.",
	mail.CodeSMTPAuthOff:      "Sending by SMTP is switched off for this account. Its administrator can switch it on.",
	mail.CodeThrottled:        "{host} asks to come back later: too many connections or attempts.",
	mail.CodeServerRefused:    "The server refused.",
	mail.CodeReadOnly:         "The mailbox {mailbox} can't be changed.",
	mail.CodeMailboxGone:      "The mailbox {mailbox} isn't on the server any more.",
	mail.CodeQuota:            "The account's space on the server is used up.",
	mail.CodeProtocol:         "{host} sent something that can't be understood.",
	mail.CodeDiskFull:         "The disk is full. Make room and try again.",
	mail.CodeDamaged:          "The database {path} is damaged. Keep a copy of it, then disconnect the account and connect it again to fetch everything anew.",
	mail.CodeNewerDatabase:    "The data was written by a newer version of Waxwing. Install that version.",
	mail.CodeInUse:            "Another Waxwing works on the data in {path}. Close it, or name another folder with --data.",
	mail.CodeNoKeyring:        "This system has no keyring to keep passwords with. Name a file for the key with --key-file.",
	mail.CodeKeyringLocked:    "The system's keyring is locked. Unlock it, or name a file for the key with --key-file.",
	mail.CodeNeedsPassphrase:  "The passwords are protected by a passphrase. Give it with --passphrase-stdin.",
	mail.CodeWrongPassphrase:  "The passphrase doesn't open the passwords.",
	mail.CodeNeedsPassword:    "No password is stored for {account}, or not with this key.",
	mail.CodeNotOffline:       "The message's text isn't on this computer yet. Run sync first.",
	mail.CodeUnsafeAttachment: "{name} is a program, or a file that may run one.",
	mail.CodeNoProgram:        "No program on this computer opened the link.",
	mail.CodeCannotWrite:      "{path} can't be written.",
	mail.CodeNoMailbox:        "The account has no mailbox for {role}.",
	mail.CodeIMAPOff:          "IMAP is switched off for this mailbox. Switch it on at the provider, or ask its administrator.",
	mail.CodeTwoStep:          "{host} wants 2-Step Verification. Switch it on at the provider and use an app password.",
	mail.CodePortal:           "A web page answers at {host}, port {port}. Check the port, and whether this network asks to sign in first.",
	mail.CodeFirewall:         "Neither server answers: a firewall may be in between. {host}, port {port}, didn't answer in time.",
	mail.CodeSenderRefused:    "{host} doesn't send mail from {address}.",
	mail.CodeRecipientRefused: "{host} doesn't take mail for {address}.",
	mail.CodeTooLarge:         "The message is larger than {host} takes.",
	mail.CodeUTF8Address:      "{host} can't handle the address {address}.",
	mail.CodeOutcomeUnknown:   "The connection to {host} broke at the end of the message: it may or may not have been sent.",
	mail.CodeNotArrived:       "The outgoing server took the message, but it didn't arrive at {host} in time.",
	mail.CodeNoOutgoing:       "The account has no outgoing server.",
	mail.CodeNotDiscovered:    "Nobody says how mail of {domain} is reached. Give the servers with --imap and --smtp.",
	mail.CodeNoMailAccess:     "{host} offers neither IMAP nor SMTP to mail programs. Ask its administrator to switch them on.",
	mail.CodeUnverified:       "What was found names {host}, and others could have changed that. Check it with account discover, then give the servers with --imap and --smtp.",
	mail.CodePolicyBroken:     "The policy {path} isn't in force: it has mistakes.",
	mail.CodePolicy:           "{organisation} doesn't allow this.",

	mail.CodeSendingDenied: "{host} knows who signed in, but doesn't let it send this mailbox's mail: in Microsoft Entra the application needs Mail.Send, and Mail.ReadWrite for large messages.",
	mail.CodeEnvelope:      "{host} sends to everybody whom the message names, so {address} would get it as well. Send it through an SMTP server.",
	mail.CodeServerUsed:    "{used} would have nothing to send through. Say what else with --replace-with: a server's id, or account for their own.",

	mail.CodeCertificateUnreadable: "The certificate file can't be read. It must be a .pfx, .p12 or .pem file, or a .cer file with a key file.",
	mail.CodeCertificatePassword:   "The password doesn't open the certificate file.",
	mail.CodeCertificateNoKey:      "The certificate file holds no private key that belongs to the certificate.",
	mail.CodeCertificateAlias:      "The certificate file has no key named {alias}. Its keys are: {aliases}.",
	mail.CodeCertificateKind:       "The certificate's key is of a kind that can't be used. Use one with an RSA key.",
	mail.CodeCertificateExpired:    "The certificate expired on {date}.",
	mail.CodeCertificateUnknown:    "{host} doesn't know this certificate for the application. Upload it in Microsoft Entra.",
}

// policySentences are those of mail.CodePolicy by its reason.
var policySentences = map[string]string{
	policy.RefusedDomain:   "{organisation} allows accounts at {allowed} only here, not at {value}.",
	policy.RefusedServer:   "{organisation} doesn't allow the server {value} here.",
	policy.RefusedAssigned: "{organisation} has set the servers and the user name of {value}. Leave out --user, --imap and --smtp.",
	"setting":              "{organisation} has set {value}; it can't be changed here.",
}

// particular is what to say in place of that for some reasons (Args["reason"]),
// by "code.reason".
var particular = map[string]string{
	"cannotWrite.disk":          "{path} can't be written. Check the disk, and who may write there, or name another folder with --data.",
	"cannotWrite.inTheWay":      "{path} can't be written: something else is in its place. Move that away, or name another folder with --data.",
	"cannotWrite.notAllowed":    "{path} can't be written: this user isn't allowed to. Change who may write there, or name another folder with --data.",
	"cannotWrite.readOnlyDisk":  "{path} can't be written: it is on a disk that can only be read. Make it writable, or name another folder with --data.",
	"noMailAccess.imap":         "{host} offers SMTP, but no IMAP to read mail by. Ask its administrator to switch IMAP on.",
	"quota.trash":               "The account's space on the server is used up, and there is no room for this in the trash. Delete it with message delete --for-good.",
	"certificateAlias.several":  "The certificate file holds several keys. Say which one. Its keys are: {aliases}.",
	"certificateExpired.notYet": "The certificate isn't valid before {date}. Check this computer's clock.",

	"damaged.application": "The database {path} is damaged. It holds accounts and settings: restore it from a backup, or move it away and connect your accounts again.",
	"damaged.stray":       "The file {path} belongs to no account. It may be the mail of one whose settings were lost: keep a copy of it elsewhere, then move it away.",
	"damaged.passwords":   "What the stored passwords are protected with can't be read. Store them anew with account password.",
}

// sentence is what a person reads about an error, with what the server said.
func sentence(e *mail.Error) string {
	text, known := particular[string(e.Code)+"."+e.Args["reason"]]
	if !known {
		text, known = sentences[e.Code]
	}
	if !known {
		text = sentences[mail.CodeInternal]
	}
	args := e.Args
	if special, ok := policySentences[args["reason"]]; ok && e.Code == mail.CodePolicy {
		text = special
	}
	if flagName := flagNames[args["field"]]; flagName != "" {
		args = maps.Clone(args)
		args["field"] = flagName
	}
	text = fill(text, args)
	if e.Server != "" {
		text += " The server said: " + e.Server
	}
	return text
}

// flagNames are the flags that fill fields whose names are others.
var flagNames = map[string]string{
	"keyFile": "--key-file",

	"server.host": "--smtp", "server.port": "--smtp", "server.security": "--smtp-security", "server.ca": "--ca",
	"kind": "--type", "sender": "--sender", "tenant": "--tenant", "clientId": "--client-id", "certificate": "--certificate",
	"replacement": "--replace-with",

	"ca":      "--ca",
	"imap.ca": "--ca",
	"smtp.ca": "--ca",
}

// fallbacks stand for arguments that an error doesn't have.
var fallbacks = map[string]string{
	"id":       "such thing",
	"host":     "the server",
	"account":  "the account",
	"path":     "in question",
	"port":     "this",
	"offer":    "another one",
	"role":     "this",
	"mailbox":  "in question",
	"name":     "the attachment",
	"field":    "something",
	"issuer":   "the address",
	"provider": "the provider",
	"signedIn": "another account",
	"address":  "this address",
	"domain":   "this domain",

	"organisation": "the organisation",
	"alias":        "that",
	"aliases":      "without names",
	"used":         "some accounts",
	"date":         "a day in the past",
	"allowed":      "some domains",
	"reason":       "reason",
	"value":        "unknown",
}

// fill replaces the words in braces.
func fill(text string, args map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		value, ok := args[name]
		if !ok {
			value = fallbacks[name]
			if b.Len() == 0 {
				value = strings.ToUpper(value[:1]) + value[1:]
			}
		}
		b.WriteString(value)
	}
}
