//! What a client process is to do.

use super::{customers::Customers, till::Till};
use crate::bench::{
    harness::{Load, Meter, Pace, Sample, drive},
    http::{Mix, Shop, SnapShop},
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, sync::Arc};

/// A load on one server.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) target: SocketAddr,
    pub(crate) load: Load,
    /// Begins the names of all that it makes.
    pub(crate) name: String,
    pub(crate) task: Task,
}

/// What each call does.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// Sells, through the gateway.
    Sell(Sale),
    /// Binds a card, through SNAP and the customers' page.
    Bind(Binding),
}

/// Payments.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sale {
    pub(crate) mix: Mix,
    /// Whether answers are those of the gateway; else every answer with status 200 will do.
    pub(crate) is_gateway: bool,
    pub(crate) shops: Vec<Shop>,
    pub(crate) expiry_year: i32,
}

/// Card bindings.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) shop: SnapShop,
    pub(crate) expiry_year: i32,
}

impl Job {
    /// The part of one of so many processes, under a name of its own.
    pub(super) fn part(&self, number: usize, parts: usize) -> Self {
        let name = format!("{}-{number}", self.name);
        Self { load: self.load.part(number, parts), name, ..self.clone() }
    }

    /// Makes the load. A part of a closed loop may have no callers.
    pub(super) async fn make(self, meter: &Meter) -> Sample {
        let load = self.load.clone();
        match (&load.pace, self.task) {
            (Pace::Closed { in_flight: 0 }, _) => Sample::default(),
            (_, Task::Sell(sale)) => {
                let till = Till::new(self.target, self.name, sale);
                drive(Arc::new(till), &load, meter).await
            }
            (_, Task::Bind(binding)) => {
                let customers = Customers::new(self.target, binding);
                drive(Arc::new(customers), &load, meter).await
            }
        }
    }
}
