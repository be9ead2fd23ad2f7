-- Listings and replays of an endpoint.
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint, created_at, id);
