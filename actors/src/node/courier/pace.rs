//! The rates of the endpoints that this node delivers to. They live in memory: an endpoint that another
//! node takes over begins with a full bucket.

use crate::{callback::Bucket, ports::Lane};
use purser_subjects::{EndpointId, Timestamp};
use std::collections::HashMap;

/// Past so many endpoints with a rate, those whose bucket is full are forgotten: they are as good as new.
const REMEMBERED: usize = 4_096;

#[derive(Default)]
pub(super) struct Buckets {
    of: HashMap<EndpointId, Bucket>,
}

impl Buckets {
    /// The bucket of an endpoint, with its rate of now.
    pub(super) fn of(&mut self, lane: &Lane, now: Timestamp) -> &mut Bucket {
        if self.of.len() > REMEMBERED && !self.of.contains_key(&lane.endpoint) {
            self.of.retain(|_, bucket| !bucket.is_full(now));
        }
        let rate = lane.rate_per_minute;
        let bucket = self.of.entry(lane.endpoint.clone());
        let bucket = bucket.or_insert_with(|| Bucket::new(rate, now));
        bucket.set_rate(rate, now);
        bucket
    }
}
