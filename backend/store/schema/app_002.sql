-- Identities: the addresses that an account writes from, each with what goes with
-- it. Every account has one of its own, whose address and name are the account's and
-- so aren't kept twice; an alias has its own. The settings are one JSON document,
-- since nothing but the whole is ever read.
CREATE TABLE identity (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    account  INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    own      INTEGER NOT NULL,
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;

CREATE INDEX identity_account ON identity (account, id);
CREATE UNIQUE INDEX identity_own ON identity (account) WHERE own;

INSERT INTO identity (account, own, settings) SELECT id, 1, '{}' FROM account ORDER BY id;
