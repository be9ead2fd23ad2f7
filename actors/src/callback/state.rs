//! What an endpoint remembers. Its deliveries are rows, not state: there may be very many.

use purser_subjects::{
    EndpointId, EntityId, Timestamp,
    callback::{CallbackEvent, EndpointView},
};
use serde::{Deserialize, Serialize};

/// State of an endpoint. Stored states decode for ever (`tests/states.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackState {
    /// Deliveries that the receiver accepted.
    #[serde(default)]
    pub delivered: u64,
    /// Deliveries that were given up.
    #[serde(default)]
    pub given_up: u64,
    /// Attempts that failed since the last success.
    #[serde(default)]
    pub failures_in_a_row: u32,
    /// When a delivery was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Timestamp>,
}

impl CallbackState {
    /// The endpoint as others see it.
    pub fn view(&self, id: &EntityId) -> EndpointView {
        EndpointView {
            endpoint: EndpointId::from(id.clone()),
            delivered: self.delivered,
            given_up: self.given_up,
            failures_in_a_row: self.failures_in_a_row,
            last_success_at: self.last_success_at,
        }
    }

    /// Makes the state one event older.
    pub fn apply(&mut self, event: &CallbackEvent) {
        match event {
            CallbackEvent::Delivered(delivered) => {
                self.delivered += 1;
                self.failures_in_a_row = 0;
                self.last_success_at = Some(delivered.report.at);
            }
            CallbackEvent::AttemptFailed(_) => {
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
            }
            CallbackEvent::GivenUp(_) => {
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                self.given_up += 1;
            }
        }
    }
}
