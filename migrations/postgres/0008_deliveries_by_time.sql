-- no-transaction
-- Listings of all, and what is old enough to go.
CREATE INDEX CONCURRENTLY deliveries_by_time ON deliveries (created_at, id);
