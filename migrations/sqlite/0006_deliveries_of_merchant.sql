-- Listings of a merchant.
CREATE INDEX deliveries_of_merchant ON deliveries (merchant, created_at, id);
