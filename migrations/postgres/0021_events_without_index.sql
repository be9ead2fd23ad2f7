-- Nothing looks for the events of one entity but an audit, which reads all of them anyway; and that no
-- version is there twice is seen to by the entity's own row, in the same transaction. The index was an
-- expensive part of every commit: its keys are spread over all of it. The version before does without it: only
-- its `purser verify` gets slow.
ALTER TABLE events DROP CONSTRAINT events_version;
