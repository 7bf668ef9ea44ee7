-- What the person writes and sends. Nothing of it is anywhere else: every commit
-- here is durable.

-- Messages being written. content is the JSON of mail.Draft without what has a
-- column or a table of its own. touched is 0 until the person has changed anything;
-- such a draft is no loss. A draft that a submission names is leaving: it isn't
-- listed and can't be changed until it is taken back.
CREATE TABLE draft (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL DEFAULT 0,
    saved_at INTEGER NOT NULL,
    touched  INTEGER NOT NULL DEFAULT 0,
    original INTEGER NOT NULL, -- message that is answered or forwarded; 0 for none
    content  TEXT NOT NULL CHECK (json_valid(content))
) STRICT;

-- Earlier versions of a draft, a few of them: content as above, compressed like
-- raw.data. Files have no versions.
CREATE TABLE draft_version (
    draft    INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    content  BLOB NOT NULL,
    PRIMARY KEY (draft, revision)
) STRICT;

-- Files and inline pictures of drafts. data comes last, so that a list of them
-- doesn't read it.
CREATE TABLE draft_file (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    draft      INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    content_id TEXT NOT NULL,
    data       BLOB NOT NULL
) STRICT;
CREATE INDEX draft_file_draft ON draft_file (draft);

-- Messages on their way out (mail.Submission). state: queued, sending, ending,
-- unknown, refused, sent; copied is derived: sent, with an append (operation) that
-- is over. sender and recipient are the envelope's, recipients in JSON with what the
-- server said about each. raw is compressed like raw.data; NULL once the message is
-- in a mailbox here. Rows without raw are kept for a while, to tell what became of
-- what was sent.
CREATE TABLE submission (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    draft      INTEGER REFERENCES draft (id) ON DELETE SET NULL,
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'ending', 'unknown', 'refused', 'sent')),
    message_id TEXT NOT NULL,
    subject    TEXT NOT NULL,
    sender     TEXT NOT NULL,
    recipients TEXT NOT NULL CHECK (json_valid(recipients)),
    size       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    send_at    INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL DEFAULT 0, -- 0: not yet
    attempts   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER NOT NULL DEFAULT 0, -- not to be tried again before; 0: at once
    problem    TEXT NOT NULL DEFAULT '',   -- JSON of the last failure
    operation  INTEGER NOT NULL DEFAULT 0, -- that appends the copy; 0: none
    raw        BLOB
) STRICT;
CREATE UNIQUE INDEX submission_draft ON submission (draft) WHERE draft IS NOT NULL;
CREATE INDEX submission_waiting ON submission (id) WHERE state <> 'sent' OR raw IS NOT NULL;
