-- Outgoing servers of a person's own, which accounts, rules and schedules can send
-- through. Their identifiers are "s" and the number. What uses one says so itself
-- (an account in its settings, as Outgoing); what is signed in with is in secret, as
-- "outgoing s" and the number of account 0.
CREATE TABLE outgoing (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
