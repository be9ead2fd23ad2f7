//! HTTP interfaces. Each dialect translates between its wire format and the contract; none holds
//! business state.

pub mod card_binding;
pub mod gateway;
mod guard;
mod leftover;
mod login_limit;
pub mod snap;
pub mod snap_reference;
pub mod v1;

use crate::{config::SnapConfig, messenger::guard::Guard as Addresses, vault::Vault};
use axum::Router;
use guard::Guard;
pub(crate) use guard::net;
use purser_actors::{
    Client,
    ports::{Clock, Store},
};
use std::{fmt, sync::Arc, time::Duration};

/// Requests at work at once, over all dialects. Most of them wait for an acquirer, and each holds at
/// most a body of 64 KiB, so this bounds their memory to about 128 MiB.
pub const MAX_REQUESTS: usize = 2048;

/// Longest time from the head of a request to its answer; longer than any wait inside.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What the interfaces need.
#[derive(Clone)]
pub struct IngressState {
    /// Asks entities.
    pub client: Client,
    /// Used only to find the merchant of a log-in.
    pub store: Arc<dyn Store>,
    /// Opens credentials and seals cards.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where notifications may go.
    pub addresses: Arc<Addresses>,
    /// Requests at work at once; more are refused. See [`MAX_REQUESTS`].
    pub max_requests: usize,
    /// How SNAP is spoken.
    pub snap: SnapConfig,
}

impl fmt::Debug for IngressState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngressState").field("max_requests", &self.max_requests).finish()
    }
}

/// All interfaces.
pub fn router(state: IngressState) -> Router {
    router_within(state, REQUEST_TIMEOUT)
}

fn router_within(state: IngressState, time_limit: Duration) -> Router {
    let guard = Guard::new(state.max_requests, time_limit);
    gateway::router(&state, guard.clone())
        .merge(card_binding::router(&state, guard.clone()))
        .merge(net(snap_reference::router(&state)))
        .merge(v1::router(&state, guard.clone()))
        .merge(snap::router(&state, guard))
}
