-- Messages of the same second list in the order of their UIDs.
--
-- INTERNALDATE has whole seconds, imported mail often the same one for hundreds
-- of messages, and a first sync brings the newest batch first, so that ids can't
-- break the tie. In a mailbox the greater UID arrived later (RFC 9051 §2.3.1.1).

-- Breaks ties of received_at. A message that is about to arrive, or whose UID
-- isn't known again yet, comes after (newer than) those that have one.
ALTER TABLE location ADD COLUMN position INTEGER AS (coalesce(uid, 4294967296)) VIRTUAL;

DROP INDEX location_received;
CREATE INDEX location_received ON location (mailbox, received_at, position, message) WHERE status <> 2;

-- Derived: one row per thread and mailbox (0: the joint view) that has a
-- visible message of it; what sorting and filtering a list needs. The indexes
-- cover skipping to any page, their own condition's column included, which
-- SQLite evaluates again.
DROP TABLE thread_row;
CREATE TABLE thread_row (
    mailbox    INTEGER NOT NULL,
    thread     INTEGER NOT NULL,
    latest     INTEGER NOT NULL, -- received_at of the newest message
    position   INTEGER NOT NULL, -- position of the newest message; of several mailboxes' in the joint view
    total      INTEGER NOT NULL, -- messages
    unread     INTEGER NOT NULL,
    flagged    INTEGER NOT NULL,
    answered   INTEGER NOT NULL,
    attachment INTEGER NOT NULL,
    PRIMARY KEY (thread, mailbox)
) STRICT, WITHOUT ROWID;

-- Both statements are those by which the rows are derived, over everything. A
-- column beside a single max() is that of the row with the maximum.
INSERT INTO thread_row
SELECT mailbox, thread, max(received_at), position, sum(total), sum(unread), sum(flagged), sum(answered), sum(attachment)
FROM (
    SELECT l.mailbox, m.thread, l.received_at, max(l.position) AS position, count(*) AS total, sum(l.flags & 1 = 0) AS unread,
           sum(l.flags & 2 <> 0) AS flagged, sum(l.flags & 4 <> 0) AS answered, sum(m.attachment) AS attachment
    FROM location l JOIN message m ON m.id = l.message
    WHERE l.status <> 2
    GROUP BY m.thread, l.mailbox, l.received_at
)
GROUP BY thread, mailbox;

INSERT INTO thread_row
SELECT 0, thread, max(received_at), position, sum(total), sum(unread), sum(flagged), sum(answered), sum(attachment)
FROM (
    SELECT thread, received_at, max(position) AS position, count(*) AS total, sum(unread) AS unread,
           sum(flagged) AS flagged, sum(answered) AS answered, sum(attachment) AS attachment
    FROM (
        SELECT m.thread, m.attachment, max(l.received_at) AS received_at, max(l.position) AS position, max(l.flags & 1 = 0) AS unread,
               max(l.flags & 2 <> 0) AS flagged, max(l.flags & 4 <> 0) AS answered
        FROM location l JOIN message m ON m.id = l.message JOIN mailbox b ON b.id = l.mailbox
        WHERE l.status <> 2 AND coalesce(b.chosen_role, b.role) NOT IN ('junk', 'trash')
        GROUP BY m.id
    )
    GROUP BY thread, received_at
)
GROUP BY thread;

CREATE INDEX thread_row_latest ON thread_row (mailbox, latest, position, thread);
CREATE INDEX thread_row_unread ON thread_row (mailbox, latest, position, thread, unread) WHERE unread > 0;
CREATE INDEX thread_row_flagged ON thread_row (mailbox, latest, position, thread, flagged) WHERE flagged > 0;
CREATE INDEX thread_row_attachment ON thread_row (mailbox, latest, position, thread, attachment) WHERE attachment > 0;
