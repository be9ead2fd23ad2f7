//! `purser bench http`: card payments, with all checks, from client processes to the gateway.

use super::{
    figure::Subject,
    gate::Gate,
    harness::{Load, Meter, Sample, Totals},
    held::Held,
    http::{Clients, Job, Mix, Sale, Shop, Task},
    limit::{Engine, Limit},
    place::Place,
    receiver::Receiver,
    run::{Bench, Run},
    settings::Deliver,
    shops,
    tally::{self, Mark},
};
use crate::{
    admin::MerchantAccess, ingress::MAX_REQUESTS, store::StoreTarget, telemetry::Stopwatch,
    terminal::Failure,
};
use async_trait::async_trait;
use purser_subjects::EntityKind;
use serde_json::{Map, Value};
use std::time::Duration;

/// Paths of the receiver, each an endpoint of its own.
const ENDPOINTS: usize = 64;
/// Notifications that are late are waited for as long as one arrives within this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Payments of one mix.
struct Payments<'p> {
    place: &'p Place,
    target: StoreTarget,
    clients: &'p mut Clients,
    shop: Shop,
    receiver: Option<Receiver>,
    held: Option<Held>,
    mix: Mix,
    mark: Mark,
}

/// Runs it for each mix that is asked for, at one server.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    let workloads = workloads(run)?;
    let (place, access) = Place::find(run).await?;
    let measured = measure(run, &place, &access, &workloads).await;
    place.end(measured).await
}

/// What is sold, and when its notifications are delivered. Who steers a running server's endpoints is
/// not known here.
fn workloads(run: &Run) -> Result<Vec<(Mix, Deliver)>, Failure> {
    let settings = &run.settings;
    let is_running = settings.url.is_some();
    if is_running && settings.deliver == Some(Deliver::After) {
        let why = "--deliver after: not with --url; endpoints of a running server are its own";
        return Err(Failure::cannot_begin(why));
    }
    let mixes = match settings.mix {
        Some(mix) => vec![mix],
        None => vec![Mix::Db, Mix::PaCp, Mix::Refund],
    };
    let deliver = settings.deliver.unwrap_or(Deliver::During);
    let mut workloads: Vec<_> = mixes.into_iter().map(|mix| (mix, deliver)).collect();
    if settings.deliver.is_none() && !is_running && workloads[0].0 == Mix::Db {
        workloads.insert(0, (Mix::Db, Deliver::After));
    }
    Ok(workloads)
}

async fn measure(
    run: &mut Run,
    place: &Place,
    access: &MerchantAccess,
    workloads: &[(Mix, Deliver)],
) -> Result<(), Failure> {
    let target = place.target(&run.config)?;
    let mut clients = Clients::start(run.settings.clients)?;
    for &(mix, deliver) in workloads {
        let receiver =
            if deliver == Deliver::Never { None } else { Some(Receiver::start().await?) };
        let urls = receiver.as_ref().map_or_else(Vec::new, |receiver| {
            (0..ENDPOINTS).map(|number| receiver.url(&format!("{number:02}"))).collect()
        });
        let held = place.client().filter(|_| deliver == Deliver::After);
        let held = held.map(|client| Held::new(client, &access.gateway.member_id, &urls));
        let mut payments = Payments {
            place,
            target: target.clone(),
            clients: &mut clients,
            shop: shops::log_in(place.address(), &access.gateway, urls).await?,
            receiver,
            held: None,
            mix,
            mark: tally::mark(&target).await?,
        };
        if let Some(held) = held {
            payments.make_known(run).await?;
            payments.held = Some(held);
        }
        run.examine(&mut payments).await?;
    }
    Ok(())
}

impl Payments<'_> {
    /// Makes payments until each endpoint has had a notification.
    async fn make_known(&mut self, run: &Run) -> Result<(), Failure> {
        let meter = run.meter(&self.subject(), "endpoints");
        let most = Duration::from_secs(60);
        // Each client process goes through all of them.
        let clients = run.settings.clients;
        let most_calls = (ENDPOINTS * clients) as u64;
        let load = Load { most_calls, ..Load::closed(clients, Duration::ZERO, most) };
        let sample = self.load(&load, &meter).await?;
        let mut gate = Gate::default();
        self.agree(sample.totals, &mut gate, &meter).await?;
        meter.clear();
        match gate.reasons().into_iter().next() {
            None => Ok(()),
            Some(why) => Err(Failure::failed(format!("payments to each endpoint: {why}"))),
        }
    }

    /// Waits for the notifications of what was done, and compares them.
    async fn notifications(
        &self,
        due: u64,
        before: u64,
        gate: &mut Gate,
        meter: &Meter,
    ) -> Map<String, Value> {
        let Some(receiver) = &self.receiver else { return Map::new() };
        meter.say("waiting for notifications");
        let waiting = Stopwatch::start();
        let came = receiver.wait_for(before + due, PATIENCE).await - before;
        gate.same("callbacks received", due, came);
        let seconds = super::figure::rounded(waiting.elapsed().as_secs_f64());
        Map::from_iter([
            ("callbacks".to_owned(), came.into()),
            ("callbacks_last_after_s".to_owned(), seconds.into()),
        ])
    }
}

#[async_trait]
impl Bench for Payments<'_> {
    fn subject(&self) -> Subject {
        let told = match (&self.receiver, &self.held) {
            (None, _) => "-silent",
            (Some(_), None) => "",
            (Some(_), Some(_)) => "-queued",
        };
        let (store, bus) = self.place.engines(&self.target);
        let workload = format!("{}{told}", self.mix.name());
        Subject { bench: "http".to_owned(), workload, store, bus }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit::Pipe(Engine::of_store(&self.target))]
    }

    fn queue_bound(&self) -> u64 {
        MAX_REQUESTS as u64
    }

    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure> {
        if let Some(held) = &self.held {
            held.hold().await?;
        }
        let sale = Sale {
            mix: self.mix,
            is_gateway: true,
            shops: vec![self.shop.clone()],
            expiry_year: shops::expiry_year(),
        };
        let job = Job {
            target: self.place.address(),
            load: load.clone(),
            name: format!("bench-{}", uuid::Uuid::now_v7().simple()),
            task: Task::Sell(sale),
        };
        self.clients.run(&job, meter).await
    }

    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        meter: &Meter,
    ) -> Result<Map<String, Value>, Failure> {
        let tally = tally::since(&self.target, &mut self.mark).await?;
        let of = |name| tally.of(EntityKind::Transaction, name);
        let (begun, approved) = (of("begun"), of("operation-approved"));
        gate.calls("payments stored", totals, begun);
        match self.mix {
            Mix::Db => gate.calls("operations approved", totals, approved),
            Mix::PaCp | Mix::Refund => gate.calls_times("operations approved", totals, 2, approved),
            Mix::Mixed => {
                // Four of ten flows have two operations; which ones failed is not known here.
                let all = totals.refused + totals.unknown == 0;
                let is_possible = (begun..=2 * begun).contains(&approved);
                if !is_possible || all && approved <= begun && begun > 10 {
                    gate.void(format!("operations approved: {approved} of {begun} payments"));
                }
            }
        }
        self.place.published(&self.mark, gate).await?;
        let told = approved + of("operation-declined");
        if let Some(held) = &self.held {
            held.release().await?;
        }
        let before = self.receiver.as_ref().map_or(0, Receiver::before_load);
        let mut particular = self.notifications(told, before, gate, meter).await;
        if let Some(receiver) = &self.receiver {
            receiver.close_load();
        }
        particular.insert("stored".to_owned(), begun.into());
        particular.insert("batches_committed".to_owned(), tally.batches.into());
        particular.extend(self.place.memory());
        Ok(particular)
    }

    async fn balance(&mut self, gate: &mut Gate, meter: &Meter) {
        gate.books(&self.target, meter).await;
    }

    async fn metrics(&mut self) -> Option<String> {
        self.place.metrics().await
    }
}
