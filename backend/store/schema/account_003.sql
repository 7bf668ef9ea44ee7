-- Attempts at what a server can't do now are spread over hours, also across
-- restarts: a piece is not to be tried again before retry_at (0: at once).
ALTER TABLE work ADD COLUMN retry_at INTEGER NOT NULL DEFAULT 0;
