// Package app is the window: the Wails shell around the engine. It binds its
// services to the screens (Accounts, Verification, Identities, Mail, Compose, Settings, System), carries the
// engine's nudges to them as events, serves message bodies and attachments to
// the page, shows pop-ups for new mail, and keeps one window per data folder.
//
// It holds no mail of its own and decides nothing about mail: every method
// asks the engine and turns the answer into the types of api_types.go, which
// the screens' TypeScript is generated from. Identifiers cross as the text of a
// mail.Ref, times as Unix milliseconds, errors as the JSON text of a Problem.
package app
