-- One account's mail. What came from the server can be fetched again and the
-- tables marked "derived" can be computed again; only the operations are the
-- person's own and nowhere else.
--
-- All times are Unix milliseconds, UTC. A flags column holds the system flags:
-- 1 $seen, 2 $flagged, 4 $answered, 8 $draft, 16 $forwarded. A keywords column
-- beside it holds the others as a sorted JSON array, or '' for none.

-- The one row of account-wide counters. state grows by one with every commit
-- that changes what a reader could see. change_floor is the oldest state from
-- which the change table can still tell what happened.
CREATE TABLE account_state (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    state        INTEGER NOT NULL,
    change_floor INTEGER NOT NULL
) STRICT;
INSERT INTO account_state VALUES (1, 0, 0);

-- Mailboxes as LIST told of them, and how far each has been synchronised.
-- chosen_role is the person's choice and wins over role; NULL is no choice.
CREATE TABLE mailbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    path            TEXT NOT NULL UNIQUE,
    delimiter       TEXT NOT NULL,
    role            TEXT NOT NULL,
    chosen_role     TEXT,
    selectable      INTEGER NOT NULL,
    subscribed      INTEGER NOT NULL,
    uid_validity    INTEGER NOT NULL DEFAULT 0,
    uid_next        INTEGER NOT NULL DEFAULT 0,
    highest_mod_seq INTEGER NOT NULL DEFAULT 0,
    complete        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Derived: the numbers beside a mailbox's name, the sums of its thread rows.
-- Mailbox 0 is the joint view of everything outside of junk and trash.
CREATE TABLE mailbox_count (
    mailbox INTEGER PRIMARY KEY,
    total   INTEGER NOT NULL DEFAULT 0,
    unread  INTEGER NOT NULL DEFAULT 0,
    threads INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO mailbox_count (mailbox) VALUES (0);

-- Threads have no columns; the table gives out ids that are never used again.
CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;

-- One row per content: the same bytes in two mailboxes are one message in two
-- locations. sender, recipients and header are JSON and what lists need stands
-- in columns; the raw bytes are in a table of their own so that a scan of this
-- one stays small. Everything but size, received_at and quarantine is derived
-- from the raw bytes.
CREATE TABLE message (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    thread       INTEGER NOT NULL REFERENCES thread (id),
    received_at  INTEGER NOT NULL, -- INTERNALDATE of its first location
    sent_at      INTEGER,          -- NULL when the Date field is missing or unreadable
    size         INTEGER NOT NULL, -- octets of the raw bytes in CRLF form
    digest       INTEGER NOT NULL, -- 64-bit hash of the raw bytes, a hint that is checked against them; 0 without raw bytes
    subject_hash INTEGER NOT NULL, -- of the subject without reply prefixes; 0 when nothing is left
    orphan       INTEGER NOT NULL, -- a reply that names no message it replies to
    attachment   INTEGER NOT NULL, -- has one
    message_id   TEXT NOT NULL,
    subject      TEXT NOT NULL,
    preview      TEXT NOT NULL,
    sender       TEXT NOT NULL,    -- From: [[name, email], …]
    recipients   TEXT NOT NULL,    -- To: likewise
    header       TEXT NOT NULL,    -- the other fields of mail.Content
    quarantine   TEXT NOT NULL     -- why it could not be read; '' for a sound message
) STRICT;
CREATE INDEX message_thread ON message (thread);
CREATE INDEX message_digest ON message (digest);
CREATE INDEX message_subject ON message (subject_hash);

-- The raw bytes: one octet of format (0 as they are, 1 zstd), then the data.
-- No row for a message that could not be fetched.
CREATE TABLE raw (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    data    BLOB NOT NULL
) STRICT;

-- Derived: which thread a Message-ID belongs to, known from the message itself
-- or from another's References. Hashes, because that is all the lookup needs;
-- forging one only moves a message to another thread, which naming the
-- Message-ID does as well.
CREATE TABLE reference (
    hash   INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES thread (id)
) STRICT;
CREATE INDEX reference_thread ON reference (thread);

-- Where messages are. uid is NULL while it isn't known: the message was moved
-- here by an operation that the server hasn't done or whose answer told no UID,
-- or the mailbox's UIDVALIDITY changed.
-- status: 0 present; 1 arriving, the target of an unfinished move; 2 leaving,
-- taken out here by an unfinished operation (readers don't see it).
-- server_flags and server_keywords are what the server said last. flags and
-- keywords are derived: those with every unfinished operation on top. A
-- location that arrives takes what it leaves behind as the server's.
CREATE TABLE location (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message         INTEGER NOT NULL REFERENCES message (id),
    mailbox         INTEGER NOT NULL REFERENCES mailbox (id),
    uid             INTEGER,
    status          INTEGER NOT NULL,
    received_at     INTEGER NOT NULL, -- INTERNALDATE
    mod_seq         INTEGER NOT NULL,
    server_flags    INTEGER NOT NULL,
    server_keywords TEXT NOT NULL,
    flags           INTEGER NOT NULL,
    keywords        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX location_uid ON location (mailbox, uid) WHERE uid IS NOT NULL;
CREATE INDEX location_awaiting ON location (mailbox) WHERE uid IS NULL;
CREATE INDEX location_message ON location (message);
CREATE INDEX location_received ON location (mailbox, received_at, message) WHERE status <> 2;

-- Derived: one row per thread and mailbox (0: the joint view) that has a
-- visible message of it; what sorting and filtering a list needs. The indexes
-- cover skipping to any page, their own condition's column included, which
-- SQLite evaluates again.
CREATE TABLE thread_row (
    mailbox    INTEGER NOT NULL,
    thread     INTEGER NOT NULL,
    latest     INTEGER NOT NULL, -- received_at of the newest message
    total      INTEGER NOT NULL, -- messages
    unread     INTEGER NOT NULL,
    flagged    INTEGER NOT NULL,
    answered   INTEGER NOT NULL,
    attachment INTEGER NOT NULL,
    PRIMARY KEY (thread, mailbox)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_row_latest ON thread_row (mailbox, latest, thread);
CREATE INDEX thread_row_unread ON thread_row (mailbox, latest, thread, unread) WHERE unread > 0;
CREATE INDEX thread_row_flagged ON thread_row (mailbox, latest, thread, flagged) WHERE flagged > 0;
CREATE INDEX thread_row_attachment ON thread_row (mailbox, latest, thread, attachment) WHERE attachment > 0;

-- What happened, for those who remember a state. kind: 1 message created,
-- 2 message updated, 3 message destroyed, 4, 5, 6 the same for mailboxes,
-- 7 a thread's row may look different. Old entries are dropped.
CREATE TABLE change (
    state INTEGER NOT NULL,
    kind  INTEGER NOT NULL,
    id    INTEGER NOT NULL,
    PRIMARY KEY (state, kind, id)
) STRICT, WITHOUT ROWID;

-- Operations: what the person did and the server has not all seen. change is
-- JSON. state: pending, started, refused, and done for the newest finished
-- ones, kept so that they can be undone; undone ones can't be once more. A refused
-- append is undone when it was dismissed: its message stays, and its work with it.
CREATE TABLE operation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    change     TEXT NOT NULL CHECK (json_valid(change)),
    state      TEXT NOT NULL CHECK (state IN ('pending', 'started', 'refused', 'done')),
    undone     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    problem    TEXT NOT NULL DEFAULT '' -- JSON of the last failure
) STRICT;

-- The remote half, one piece for each source mailbox and action (1 keywords,
-- 2 move, 3 destroy, 4 append; mailbox is the target then). keywords is the JSON of the change of keywords, '' for
-- another action; a copy, because operation.change may name thousands of
-- messages and this is read for each of them. begun is set before the server is asked, and journal then
-- holds what must be known to go on after a crash.
CREATE TABLE work (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    operation INTEGER NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    mailbox   INTEGER NOT NULL,
    action    INTEGER NOT NULL,
    target    INTEGER,          -- mailbox to move to
    keywords  TEXT NOT NULL,
    begun     INTEGER NOT NULL DEFAULT 0,
    done      INTEGER NOT NULL DEFAULT 0,
    attempts  INTEGER NOT NULL DEFAULT 0,
    journal   BLOB
) STRICT;
CREATE INDEX work_operation ON work (operation);

-- The messages of a piece of work. location is the source; it is NULL when the
-- piece is done and the source is gone, and for what is appended. target is the location that arrives.
-- added and removed are the keywords (JSON arrays) that really changed, which
-- is what undoing must change back.
CREATE TABLE item (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    work     INTEGER NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    message  INTEGER NOT NULL,
    location INTEGER REFERENCES location (id) ON DELETE SET NULL,
    target   INTEGER REFERENCES location (id) ON DELETE SET NULL,
    added    TEXT NOT NULL DEFAULT '[]',
    removed  TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX item_work ON item (work);
CREATE INDEX item_location ON item (location) WHERE location IS NOT NULL;
CREATE INDEX item_target ON item (target) WHERE target IS NOT NULL;

-- Derived: the full-text index; rowid is the message's id. It keeps no text of
-- its own, and is written by hand when content comes or goes, never for flags.
CREATE VIRTUAL TABLE message_index USING fts5 (
    subject, sender, recipients, copied, filename, list, body,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
