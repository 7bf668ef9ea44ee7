-- What a submission goes through (mail.OutgoingID); empty for what the account sends
-- through when it is tried.
ALTER TABLE submission ADD COLUMN outgoing TEXT NOT NULL DEFAULT '';
