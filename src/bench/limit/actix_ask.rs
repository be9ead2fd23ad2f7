//! Raw actix: messages to actors on one thread per core, each answered.

use crate::{
    bench::harness::{Fault, Load, Meter, Outcome, Sample, Work, drive},
    terminal::Failure,
};
use actix::{Actor, Addr, Arbiter, Handler, Message, System};
use std::{
    sync::{Arc, mpsc},
    thread::available_parallelism,
};

/// Actors, spread over the threads.
const ACTORS: usize = 1_000;

struct Echo;

impl Actor for Echo {
    type Context = actix::Context<Self>;
}

struct Ping(u64);

impl Message for Ping {
    type Result = u64;
}

impl Handler<Ping> for Echo {
    type Result = u64;

    fn handle(&mut self, Ping(number): Ping, _: &mut Self::Context) -> u64 {
        number
    }
}

struct Asking(Vec<Addr<Echo>>);

impl Work for Asking {
    async fn call(&self, number: u64) -> Outcome {
        let actor = &self.0[number as usize % self.0.len()];
        match actor.send(Ping(number)).await {
            Ok(answer) if answer == number => Ok(()),
            _ => Err(Fault::unknown("no answer of the actor")),
        }
    }
}

pub(super) async fn measure(load: &Load, meter: &Meter) -> Result<Sample, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("actix: {error}"));
    let (started, starting) = mpsc::sync_channel(1);
    let running = std::thread::Builder::new().name("bench-actix".to_owned()).spawn(move || {
        let runner = System::new();
        let system = System::current();
        runner.block_on(async {
            let count = available_parallelism().map_or(1, usize::from);
            let arbiters: Vec<_> = (0..count).map(|_| Arbiter::new()).collect();
            let start = |number: usize| {
                Echo::start_in_arbiter(&arbiters[number % count].handle(), |_| Echo)
            };
            let _ = started.send((system, (0..ACTORS).map(start).collect::<Vec<_>>()));
        });
        runner.run()
    });
    let running = running.map_err(failed)?;
    let (system, actors) =
        starting.recv().map_err(|_| failed(std::io::Error::other("no start")))?;
    let sample = drive(Arc::new(Asking(actors)), load, meter).await;
    system.stop();
    let ended = tokio::task::spawn_blocking(move || running.join()).await;
    match ended {
        Ok(Ok(Ok(()))) => Ok(sample),
        _ => Err(failed(std::io::Error::other("its threads did not end well"))),
    }
}
