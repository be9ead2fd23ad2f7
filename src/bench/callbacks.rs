//! `purser bench callbacks`: notices to registered endpoints. First a backlog: payments as fast as they
//! are answered, until every endpoint of their merchants has heard of each. Then half of that rate, and
//! how long after its cause a notice arrives.

use super::{
    embedded::Embedded,
    figure::{Figure, Subject, rounded},
    gate::Gate,
    harness::{Load, Meter, Sample, Totals},
    http::{Clients, Job, Mix, Sale, Shop, Task},
    limit::Limit,
    receiver::Receiver,
    run::Run,
    shops,
    tally::{self, Mark},
    usage,
};
use crate::{
    store::StoreTarget,
    telemetry::Stopwatch,
    terminal::{Failure, chain},
};
use futures_util::{TryStreamExt, stream};
use purser_actors::Limits;
use purser_subjects::EntityKind;
use std::{net::SocketAddr, time::Duration};

/// Merchants among whom the endpoints are shared, if there are so many.
const SHOPS: usize = 20;
/// Notices of each payment: it has succeeded, and it has settled, at once.
const NOTICES: u64 = 2;
/// Notices of the backlog, for each endpoint.
const BACKLOG: u64 = 40;
/// Payments under way at once.
const CALLERS: usize = 16;
/// Endpoints registered at once.
const REGISTERING: usize = 8;
/// Notices that are late are waited for as long as one arrives within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is under load.
struct Scene {
    receiver: Receiver,
    clients: Clients,
    address: SocketAddr,
    target: StoreTarget,
    shops: Vec<Shop>,
    /// Endpoints that hear of each payment.
    per_payment: u64,
    subject: Subject,
    mark: Mark,
}

/// Runs both parts.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    let limits = Limits::default();
    let mut embedded = Embedded::start(&run.config, run.settings.folder.as_deref(), limits).await?;
    let measured = match embedded.listen(&run.metrics).await {
        Ok(address) => measure(run, &embedded, address).await,
        Err(failure) => Err(failure),
    };
    embedded.end(measured).await
}

async fn measure(run: &mut Run, embedded: &Embedded, address: SocketAddr) -> Result<(), Failure> {
    let meter = Meter::shown("callbacks");
    let mut scene = Scene::open(run, embedded, address, &meter).await?;
    let first = run.figures.len();
    let (backlog, notices) = scene.backlog(run, &meter).await?;
    let rate = backlog.rate_per_s;
    run.add(backlog)?;
    if rate > 0.0 {
        let steady = scene.steady(run, rate / 2.0, notices, &meter).await?;
        run.add(steady)?;
    }
    let mut gate = Gate::default();
    gate.books(&scene.target, &meter).await;
    meter.clear();
    let reasons = gate.reasons();
    run.figures[first..].iter_mut().for_each(|figure| figure.void_for(&reasons));
    Ok(())
}

impl Scene {
    async fn open(
        run: &Run,
        embedded: &Embedded,
        address: SocketAddr,
        meter: &Meter,
    ) -> Result<Self, Failure> {
        let receiver = Receiver::start().await?;
        let count = SHOPS.min(run.settings.endpoints);
        let per_payment = run.settings.endpoints.div_ceil(count);
        let mut open = Vec::new();
        for number in 0..count {
            meter.say(format!("merchant {number} of {count}, {per_payment} endpoints each"));
            let access = shops::create(embedded, address, &format!("Bench {number}"), 0).await?;
            let key = access.api.as_ref().map(|api| api.key.clone()).unwrap_or_default();
            let urls = (0..per_payment)
                .map(|endpoint| Ok::<_, Failure>(receiver.url(&format!("{number}/{endpoint}"))));
            let register = |url: String| register(address, &key, url);
            stream::iter(urls).try_for_each_concurrent(REGISTERING, register).await?;
            open.push(shops::log_in(address, &access.gateway, Vec::new()).await?);
        }
        let subject = Subject {
            bench: "callbacks".to_owned(),
            workload: String::new(),
            store: embedded.store(),
            bus: embedded.bus(),
        };
        let target = embedded.target()?;
        Ok(Self {
            receiver,
            clients: Clients::start(run.settings.clients)?,
            address,
            mark: tally::mark(&target).await?,
            target,
            shops: open,
            per_payment: per_payment as u64,
            subject,
        })
    }

    async fn pay(&mut self, load: Load, meter: &Meter) -> Result<Sample, Failure> {
        let sale = Sale {
            mix: Mix::Db,
            is_gateway: true,
            shops: self.shops.clone(),
            expiry_year: shops::expiry_year(),
        };
        let job = Job {
            target: self.address,
            load,
            name: format!("bench-{}", uuid::Uuid::now_v7().simple()),
            task: Task::Sell(sale),
        };
        self.clients.run(&job, meter).await
    }

    /// As fast as it goes; the figure, and how many notices have come so far.
    async fn backlog(&mut self, run: &mut Run, meter: &Meter) -> Result<(Figure, u64), Failure> {
        let endpoints = self.per_payment * self.shops.len() as u64;
        let payments = (endpoints * BACKLOG).div_ceil(self.per_payment * NOTICES);
        let most = Duration::from_secs(600);
        let load = Load { most_calls: payments, ..Load::closed(CALLERS, Duration::ZERO, most) };
        let stopwatch = Stopwatch::start();
        let paid = self.pay(load, meter).await?;
        let paid_for = stopwatch.elapsed();
        let due = paid.totals.done * NOTICES * self.per_payment;
        meter.say("waiting for notices");
        let came = self.receiver.wait_for(due, PATIENCE).await;
        let seconds = stopwatch.elapsed().as_secs_f64();
        let mut figure = self.figure("backlog", "closed", seconds, came, &paid);
        figure.in_flight = Some(CALLERS);
        figure.particular.insert("payments_took_s".into(), rounded(paid_for.as_secs_f64()).into());
        figure.void_for(&self.agree(paid.totals, due, came).await?);
        if run.settings.with_limit {
            let rate = run.limit(Limit::AxumEcho, CALLERS, 0).await?.rate();
            figure.bounded_by(Limit::AxumEcho.name(), rate);
        }
        Ok((figure, came))
    }

    /// At `rate` notices a second.
    async fn steady(
        &mut self,
        run: &Run,
        rate: f64,
        before: u64,
        meter: &Meter,
    ) -> Result<Figure, Failure> {
        let per_second = rate / (self.per_payment * NOTICES) as f64;
        let load = Load::open(per_second, Duration::ZERO, run.settings.lasts);
        self.receiver.take_late();
        let paid = self.pay(load, meter).await?;
        let due = paid.totals.done * NOTICES * self.per_payment;
        meter.say("waiting for notices");
        let came = self.receiver.wait_for(before + due, PATIENCE).await - before;
        let seconds = run.settings.lasts.as_secs_f64();
        let mut figure = self.figure("steady", "open", seconds, came, &paid);
        figure.offered_per_s = Some(rounded(rate));
        figure.void_for(&self.agree(paid.totals, due, came).await?);
        Ok(figure)
    }

    /// Latency is from what caused a notice to its arrival.
    fn figure(
        &self,
        workload: &str,
        pace: &'static str,
        seconds: f64,
        came: u64,
        paid: &Sample,
    ) -> Figure {
        let sample = Sample {
            seconds,
            done: came,
            latency: self.receiver.take_late(),
            errors: paid.errors.clone(),
            ..Sample::default()
        };
        let subject = Subject { workload: workload.to_owned(), ..self.subject.clone() };
        let mut figure = Figure::new(subject, pace, sample);
        let endpoints = self.per_payment * self.shops.len() as u64;
        for (name, value) in [
            ("endpoints", endpoints),
            ("payments", paid.totals.done),
            ("repeats", self.receiver.repeats()),
            ("memory_mib", usage::memory_mib()),
        ] {
            figure.particular.insert(name.to_owned(), value.into());
        }
        figure
    }

    async fn agree(&mut self, totals: Totals, due: u64, came: u64) -> Result<Vec<String>, Failure> {
        let mut gate = Gate::default();
        gate.something(totals.done);
        let tally = tally::since(&self.target, &mut self.mark).await?;
        gate.calls("payments stored", totals, tally.of(EntityKind::Transaction, "begun"));
        gate.same("callbacks received", due, came);
        Ok(gate.reasons())
    }
}

/// Registers an endpoint that hears of everything.
async fn register(address: SocketAddr, key: &str, url: String) -> Result<(), Failure> {
    let failed = |why: String| Failure::failed(format!("an endpoint cannot be registered: {why}"));
    let http = reqwest::Client::builder().no_proxy().build();
    let http = http.map_err(|error| failed(chain(&error)))?;
    let request = http.post(format!("http://{address}/v1/callback-endpoints")).bearer_auth(key);
    let body = serde_json::json!({ "url": url });
    let answer = request.json(&body).send().await.map_err(|error| failed(chain(&error)))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(failed(answer.text().await.unwrap_or_default()))
}
