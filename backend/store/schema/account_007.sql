-- When the account was last known to be up to date; 0: never. A start without a
-- network tells it.
ALTER TABLE account_state ADD COLUMN synced_at INTEGER NOT NULL DEFAULT 0;
