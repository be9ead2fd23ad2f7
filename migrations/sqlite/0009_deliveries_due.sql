-- deliveries_lane replaces the index by time alone, which finds the backlog of one endpoint before what
-- others wait for. The version before does without it, only slower.
DROP INDEX deliveries_due;
