//! The threads that run actors. They belong to an actix system on a thread of its own, so that the rest
//! of the process is plain tokio.

use crate::{
    account::Account,
    callback::Callback,
    entity::Entity,
    host::{Host, Hosts, Services},
    merchant::Merchant,
    transaction::Transaction,
};
use actix::{Actor, Addr, Arbiter, System};
use std::sync::{Arc, mpsc};

/// A running actix system.
pub(super) struct Arbiters {
    system: System,
}

impl Arbiters {
    /// Starts `count` arbiters with a host of every kind on each.
    pub(super) fn start(
        services: &Arc<Services>,
        count: usize,
        partitions: u32,
    ) -> std::io::Result<Self> {
        let (started, starting) = mpsc::sync_channel(1);
        let shared = services.clone();
        std::thread::Builder::new().name("purser-actors".into()).spawn(move || {
            let runner = System::new();
            let system = System::current();
            runner.block_on(async {
                let arbiters: Vec<Arbiter> = (0..count).map(|_| Arbiter::new()).collect();
                let hosts = Hosts {
                    partitions,
                    merchants: hosts::<Merchant>(&arbiters, &shared),
                    accounts: hosts::<Account>(&arbiters, &shared),
                    transactions: hosts::<Transaction>(&arbiters, &shared),
                    callbacks: hosts::<Callback>(&arbiters, &shared),
                };
                let _ = started.send((system, hosts));
            });
            if let Err(error) = runner.run() {
                tracing::error!(%error, "the actor system ended");
            }
        })?;
        let (system, hosts) = starting.recv().map_err(std::io::Error::other)?;
        services.set_hosts(hosts);
        Ok(Self { system })
    }
}

impl Drop for Arbiters {
    /// Stops all actors; messages they still have are dropped.
    fn drop(&mut self) {
        self.system.stop();
    }
}

fn hosts<E: Entity>(arbiters: &[Arbiter], services: &Arc<Services>) -> Vec<Addr<Host<E>>> {
    let start = |(number, arbiter): (usize, &Arbiter)| {
        let services = services.clone();
        Host::start_in_arbiter(&arbiter.handle(), move |_| Host::new(services, number))
    };
    arbiters.iter().enumerate().map(start).collect()
}
