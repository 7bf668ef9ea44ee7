-- The few messages that could not be read. Telling them apart while a mailbox is
-- compared with the server's must not read every message's row: with ten thousand
-- that is 14 MB, at every start.
CREATE INDEX message_quarantined ON message (id) WHERE quarantine <> '';
