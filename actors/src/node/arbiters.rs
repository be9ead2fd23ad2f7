//! The threads that run actors. As a rule they belong to an actix system on a thread of its own, so that
//! the rest of the process is plain tokio.

use super::ActorThreads;
use crate::{
    account::Account,
    binding::Binding,
    callback::Callback,
    entity::Entity,
    host::{Host, Hosts, Services},
    merchant::Merchant,
    transaction::Transaction,
};
use actix::{Actor, Addr, Arbiter, System};
use std::sync::{Arc, mpsc};
use tokio::task::{AbortHandle, LocalSet};

/// Running actors; they stop when this is dropped, and messages that they still have are dropped.
pub(super) enum Arbiters {
    /// An actix system with its own threads.
    Own(System),
    /// A task on the caller's thread.
    Callers(AbortHandle),
}

impl Arbiters {
    /// Starts hosts of every kind on the threads asked for.
    pub(super) fn start(services: &Arc<Services>, threads: ActorThreads) -> std::io::Result<Self> {
        match threads {
            ActorThreads::Own(count) => Self::on_own(services, count.max(1)),
            ActorThreads::Callers => Ok(Self::on_callers(services)),
        }
    }

    /// Starts `count` arbiters with a host of every kind on each.
    fn on_own(services: &Arc<Services>, count: usize) -> std::io::Result<Self> {
        let (started, starting) = mpsc::sync_channel(1);
        let shared = services.clone();
        std::thread::Builder::new().name("purser-actors".into()).spawn(move || {
            let runner = System::new();
            let system = System::current();
            runner.block_on(async {
                let arbiters: Vec<Arbiter> = (0..count).map(|_| Arbiter::new()).collect();
                let hosts = Hosts {
                    merchants: hosts::<Merchant>(&arbiters, &shared),
                    accounts: hosts::<Account>(&arbiters, &shared),
                    transactions: hosts::<Transaction>(&arbiters, &shared),
                    bindings: hosts::<Binding>(&arbiters, &shared),
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
        Ok(Self::Own(system))
    }

    /// Starts a host of every kind in one task of this thread, which all their actors belong to.
    fn on_callers(services: &Arc<Services>) -> Self {
        let actors = LocalSet::new();
        {
            let _inside = actors.enter();
            services.set_hosts(Hosts {
                merchants: vec![Host::<Merchant>::new(services.clone(), 0).start()],
                accounts: vec![Host::<Account>::new(services.clone(), 0).start()],
                transactions: vec![Host::<Transaction>::new(services.clone(), 0).start()],
                bindings: vec![Host::<Binding>::new(services.clone(), 0).start()],
                callbacks: vec![Host::<Callback>::new(services.clone(), 0).start()],
            });
        }
        Self::Callers(tokio::task::spawn_local(actors).abort_handle())
    }
}

impl Drop for Arbiters {
    fn drop(&mut self) {
        match self {
            Self::Own(system) => system.stop(),
            Self::Callers(task) => task.abort(),
        }
    }
}

fn hosts<E: Entity>(arbiters: &[Arbiter], services: &Arc<Services>) -> Vec<Addr<Host<E>>> {
    let start = |(number, arbiter): (usize, &Arbiter)| {
        let services = services.clone();
        Host::start_in_arbiter(&arbiter.handle(), move |_| Host::new(services, number))
    };
    arbiters.iter().enumerate().map(start).collect()
}
