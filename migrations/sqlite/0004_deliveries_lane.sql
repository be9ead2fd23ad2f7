-- What is due of an endpoint, in order.
CREATE INDEX deliveries_lane ON deliveries (endpoint, due_at) WHERE state = 0;
