-- no-transaction
-- Listings of a merchant.
CREATE INDEX CONCURRENTLY deliveries_of_merchant ON deliveries (merchant, created_at, id);
