-- Listings of a payment.
CREATE INDEX deliveries_of_object ON deliveries (object_id, created_at, id);
