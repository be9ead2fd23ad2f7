//! How many endpoints a merchant may register. One implementation for every store, which asks inside the
//! transaction: two nodes may register for the same merchant at the same time. Pure.

use crate::ports::{Batch, EndpointWrite, Refusal};
use purser_subjects::{
    EndpointId, MerchantId,
    callback::{EndpointKind, EndpointStatus},
};
use std::collections::{BTreeMap, BTreeSet};

/// Registered endpoints of a merchant that are not removed, at most. Every event of the merchant makes a
/// delivery for each of them in one transaction.
pub const MAX_ENDPOINTS: usize = 100;

/// The endpoints that `batch` registers. Only their entities are new.
fn registered(batch: &Batch) -> impl Iterator<Item = &EndpointWrite> {
    batch.endpoints.iter().filter(|write| {
        let is_new = || {
            let key = write.row.endpoint.key();
            batch.entities.iter().any(|entity| entity.expected_version == 0 && entity.key == key)
        };
        write.row.kind == EndpointKind::Registered
            && write.row.status != EndpointStatus::Removed
            && is_new()
    })
}

/// The merchants for whom `batch` registers endpoints, in the order of ids.
pub fn registering(batch: &Batch) -> BTreeSet<&MerchantId> {
    registered(batch).map(|write| &write.row.merchant).collect()
}

/// What `batch` registers past [`MAX_ENDPOINTS`], given the endpoints that these merchants have. What it
/// removes counts no more.
pub fn surplus(batch: &Batch, stored: &[(EndpointId, MerchantId)]) -> Vec<Refusal> {
    let is_removed = |endpoint: &EndpointId| {
        let removed = |write: &&EndpointWrite| write.row.status == EndpointStatus::Removed;
        batch.endpoints.iter().filter(removed).any(|write| write.row.endpoint == *endpoint)
    };
    let mut counts: BTreeMap<&MerchantId, usize> = BTreeMap::new();
    for (_, merchant) in stored.iter().filter(|(endpoint, _)| !is_removed(endpoint)) {
        *counts.entry(merchant).or_default() += 1;
    }
    let mut refused = Vec::new();
    for write in registered(batch) {
        let count = counts.entry(&write.row.merchant).or_default();
        if *count >= MAX_ENDPOINTS {
            refused.push(Refusal::TooManyEndpoints(write.row.endpoint.clone()));
        } else {
            *count += 1;
        }
    }
    refused
}
