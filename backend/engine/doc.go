// Package engine is Waxwing without a screen: it composes the store, the
// synchronisation, the secrets and the sample servers, and owns the life of
// every goroutine among them. The window (package app) and waxwingctl are two
// faces of it.
//
// What it guarantees:
//
//   - One engine works on a data folder at a time; a second one gets CodeInUse.
//   - Each account has one supervisor. What befalls one account (a refused
//     password, a damaged file, a dead server) never stops another.
//   - A supervisor never gives up while the engine runs: it tries again after
//     one second, then ever later up to five minutes, and at once when woken.
//   - Reads never wait for the network. Changes are durable when the call
//     returns, and reach the server when they can.
//   - After Close returns nothing of the engine runs any more.
//
// The data folder:
//
//	lock               held while an engine is open
//	waxwing.db         accounts, settings, sealed secrets
//	accounts/<n>.db    everything of account n; deleted with it
//	log/               the application's log
package engine
