-- no-transaction
-- Listings of a payment.
CREATE INDEX CONCURRENTLY deliveries_of_object ON deliveries (object_id, created_at, id);
