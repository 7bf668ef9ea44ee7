-- The application's database: what is not part of one account's mail.
-- All times are Unix milliseconds, UTC.

-- Accounts in the order in which they were connected. The settings are one JSON
-- document, since nothing but the whole is ever read; email and host stand
-- beside it to refuse the same account twice.
CREATE TABLE account (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: file names and refs hang on it
    email    TEXT NOT NULL COLLATE NOCASE,
    host     TEXT NOT NULL COLLATE NOCASE,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    UNIQUE (email, host)
) STRICT;

-- Settings of the application, JSON values that package app gives a meaning.
CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Secrets, sealed: nothing here is readable without the key in the system's
-- keyring. account has no foreign key, because a secret may be put before its
-- account and account 0 stands for the installation.
CREATE TABLE secret (
    account INTEGER NOT NULL,
    name    TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
