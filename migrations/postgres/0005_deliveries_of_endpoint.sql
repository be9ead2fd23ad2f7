-- no-transaction
-- Listings and replays of an endpoint.
CREATE INDEX CONCURRENTLY deliveries_of_endpoint ON deliveries (endpoint, created_at, id);
