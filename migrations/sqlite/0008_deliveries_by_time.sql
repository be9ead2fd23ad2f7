-- Listings of all, and what is old enough to go.
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
