-- The message that is a draft's copy in a mailbox of the server. mark says which
-- state of the draft that is: its revision and files. The message may be gone, since
-- another device did something to it.
CREATE TABLE draft_copy (
    draft   INTEGER PRIMARY KEY REFERENCES draft (id) ON DELETE CASCADE,
    message INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    mark    TEXT NOT NULL
) STRICT;
CREATE INDEX draft_copy_message ON draft_copy (message);
