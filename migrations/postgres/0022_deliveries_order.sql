-- no-transaction
-- What waits about an object is found by deliveries_of_object: few deliveries are about the same one. The
-- version before does without it, only slower.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_order;
