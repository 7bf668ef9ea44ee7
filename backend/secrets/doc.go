// Package secrets keeps passwords.
//
// One random key is kept in the system's keyring. Who has none chooses between a
// passphrase, with which the key is sealed beside the secrets (age's scrypt), a
// key file, and keeping nothing beyond the session. Each secret is sealed with
// the key and kept in a row of the application's database, so that no keyring's
// size limit matters and the database alone tells nothing.
//
// Guarantees:
//   - What reaches Rows is ciphertext, bound to its account and name: a row
//     moved elsewhere can't be opened.
//   - A keyring that is missing, locked or silent never stops the caller for
//     longer than Options.Timeout, and never loses a secret: it is held in
//     memory until the program ends or the keyring opens, and State says so.
//     The same goes for a passphrase that wasn't given yet.
//   - Another choice takes another key: whoever has the old one and the new
//     database reads nothing. Choice and secrets change in one transaction.
//   - A secret that can't be opened (its key is gone) is as one never given:
//     CodeNeedsPassword.
//   - No error and no log holds a secret, a passphrase or the key.
package secrets
