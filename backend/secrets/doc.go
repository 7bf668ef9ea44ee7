// Package secrets keeps passwords.
//
// One random key is kept in the system's keyring, or, when asked for, in a key
// file. Each secret is sealed with it and kept in a row of the application's
// database, so that no keyring's size limit matters and the database alone
// tells nothing.
//
// Guarantees:
//   - What reaches Rows is ciphertext, bound to its account and name: a row
//     moved elsewhere can't be opened.
//   - A keyring that is missing, locked or silent never stops the caller for
//     longer than Options.Timeout, and never loses a secret: it is held in
//     memory until the program ends or the keyring opens, and State says so.
//   - A secret that can't be opened (its key is gone) is as one never given:
//     CodeNeedsPassword.
//   - No error and no log holds a secret or the key.
package secrets
