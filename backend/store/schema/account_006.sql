-- How much of a mailbox is kept here: mail received on or after kept_since (Unix
-- seconds; 0 is everything), as of the last complete look, which left out so many
-- messages of the server.
ALTER TABLE mailbox ADD COLUMN kept_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN beyond INTEGER NOT NULL DEFAULT 0;
