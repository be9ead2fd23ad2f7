//! `purser bench limit`: what the machine can do at all, without Purser's logic. Every bench is compared
//! with the one of these that bounds it, measured in the same run with as many calls in flight.

mod actix_ask;
mod append;
mod fsync;
mod nats;
mod pipe;
mod web;

use super::{
    figure::{Figure, Subject},
    harness::{Load, Meter, Sample},
    run::Run,
    settings::Settings,
};
use crate::{config::Config, store::StoreTarget, terminal::Failure};
use std::collections::HashMap;

/// What keeps rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// Whose rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// A transfer: an event, two postings, a state, two balances.
    Transfer,
    /// A card payment: three events, three postings, a state, an answer, a delivery, three balances.
    Payment,
}

/// A bound that the machine sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Limit {
    /// Messages to actix actors on one thread per core, each answered.
    ActixAsk,
    /// Requests over the broker, answered at once.
    NatsRequest,
    /// Requests of the client processes to axum, answered with what they brought.
    AxumEcho,
    /// Single blocks, each made durable by itself.
    Fsync,
    /// The same rows, many units in one commit, with no logic.
    Append(Engine, Shape),
    /// The append of a payment's rows behind axum.
    Pipe(Engine),
}

/// What was measured so far in this run.
#[derive(Default)]
pub(super) struct Limits(HashMap<(Limit, usize, usize), Sample>);

impl Engine {
    /// The engine that the configuration names.
    pub(super) fn of(config: &Config) -> Self {
        if config.database_url.is_some() { Self::Postgres } else { Self::Sqlite }
    }

    /// The engine of a store.
    pub(super) fn of_store(target: &StoreTarget) -> Self {
        match target {
            StoreTarget::Sqlite(_) => Self::Sqlite,
            StoreTarget::Postgres(_) => Self::Postgres,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl Limit {
    /// Those that can be measured where `config` says.
    fn all(config: &Config) -> Vec<Self> {
        let engine = Engine::of(config);
        let mut all = vec![Self::ActixAsk, Self::AxumEcho, Self::Fsync];
        if config.nats_url.is_some() {
            all.push(Self::NatsRequest);
        }
        let shapes = [Shape::Transfer, Shape::Payment];
        all.extend(shapes.map(|shape| Self::Append(engine, shape)));
        all.push(Self::Pipe(engine));
        all
    }

    /// The name in results.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ActixAsk => "actix-ask",
            Self::NatsRequest => "nats-request",
            Self::AxumEcho => "axum-echo",
            Self::Fsync => "fsync",
            Self::Append(_, Shape::Transfer) => "append-transfers",
            Self::Append(_, Shape::Payment) => "append-payments",
            Self::Pipe(_) => "raw-pipe",
        }
    }

    fn subject(self) -> Subject {
        let store = match self {
            Self::Append(engine, _) | Self::Pipe(engine) => engine.name(),
            Self::Fsync => "file",
            _ => "none",
        };
        let bus = if self == Self::NatsRequest { "nats" } else { "none" };
        let (bench, workload) = ("limit".to_owned(), self.name().to_owned());
        Subject { bench, workload, store, bus }
    }
}

impl Limits {
    /// What `limit` comes to with so many calls in flight; measured once for each repetition.
    pub(super) async fn get(
        &mut self,
        limit: Limit,
        in_flight: usize,
        repetition: usize,
        settings: &Settings,
        config: &Config,
    ) -> Result<Sample, Failure> {
        if let Some(known) = self.0.get(&(limit, in_flight, repetition)) {
            return Ok(known.clone());
        }
        let meter = Meter::shown(&format!("limit {} {in_flight} in flight", limit.name()));
        let load = Load::closed(in_flight, settings.warm_up, settings.lasts);
        let sample = match limit {
            Limit::ActixAsk => actix_ask::measure(&load, &meter).await?,
            Limit::NatsRequest => nats::measure(&load, &meter, config).await?,
            Limit::AxumEcho => web::echo(&load, &meter, settings).await?,
            Limit::Fsync => fsync::measure(&load, settings).await?,
            Limit::Append(engine, shape) => {
                append::measure(&load, &meter, settings, config, engine, shape).await?
            }
            Limit::Pipe(engine) => pipe::measure(&load, &meter, settings, config, engine).await?,
        };
        meter.clear();
        self.0.insert((limit, in_flight, repetition), sample.clone());
        Ok(sample)
    }
}

/// Measures all of them.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    for in_flight in run.settings.in_flight.clone() {
        for limit in Limit::all(&run.config) {
            let mut figures = Vec::new();
            for repetition in 0..run.settings.repeat.max(1) {
                let sample = run.limit(limit, in_flight, repetition).await?;
                let mut figure = Figure::new(limit.subject(), "closed", sample);
                figure.in_flight = Some(if limit == Limit::Fsync { 1 } else { in_flight });
                figures.push(figure);
            }
            figures.sort_by(|one, other| one.rate_per_s.total_cmp(&other.rate_per_s));
            let rates: Vec<f64> = figures.iter().map(|figure| figure.rate_per_s).collect();
            let mut median = figures.swap_remove((figures.len() - 1) / 2);
            if rates.len() > 1 {
                median.rates_per_s = rates;
            }
            if median.calls == 0 {
                median.void_for(&["nothing succeeded".to_owned()]);
            }
            run.add(median)?;
        }
    }
    Ok(())
}
