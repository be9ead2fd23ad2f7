//! `purser bench actors`: questions to actors that are answered from memory, so that nothing but the way
//! there and back is measured; beside them balances, which the store answers.

use super::{
    accounts::{self, Accounts, activated},
    embedded::Embedded,
    figure::Subject,
    gate::Gate,
    harness::{Fault, Load, Meter, Outcome, Sample, Totals, Work, drive},
    limit::Limit,
    run::{Bench, Run},
    spread::{Pairs, Spread},
    tally::{self, Mark},
    usage,
};
use crate::{telemetry::Metrics, terminal::Failure};
use async_trait::async_trait;
use purser_actors::{AskOptions, HostProbe, Limits};
use purser_subjects::{
    AccountId, Ask, EntityKind, Money,
    account::{CreditCheck, ReadBalance},
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// Messages that are told before one is asked, and answered after all of them.
const TELLS: u64 = 63;
/// Where activation is measured each thread keeps one actor of so many, so that hardly any is there.
const FEW: usize = 32;
/// Actors that are activated to see what an idle one takes.
const IDLE: u64 = 50_000;
/// Callers meanwhile.
const CALLERS: usize = 256;

/// What actors are asked, and how the question reaches them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Over the bus, as everybody asks.
    Ask(Spread),
    /// The same, for what the actor has the store answer.
    Balance,
    /// Straight to the host.
    Host(Spread),
    /// Straight to the host, without an answer to all but one in 64.
    Tell(Spread),
    /// Over the bus, to actors that must be read from the store and others dropped for them.
    Activate,
}

struct Actors<'e> {
    embedded: &'e Embedded,
    accounts: &'e Accounts,
    way: Way,
    mark: Mark,
    answered: u64,
    activated: u64,
    metrics: Metrics,
    idle_bytes: Option<u64>,
}

/// Runs every workload.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    let many = [Way::Ask, Way::Host, Way::Tell].map(|way| way(Spread::Uniform));
    let hot = [Way::Ask, Way::Host, Way::Tell].map(|way| way(Spread::Hot));
    let ways = [&many[..], &hot[..], &[Way::Balance]].concat();
    examine(run, Limits::default(), &ways).await?;
    let active_entities = (run.settings.accounts / FEW).max(1);
    let few = Limits { active_entities, ..Limits::default() };
    examine(run, few, &[Way::Activate]).await
}

async fn examine(run: &mut Run, limits: Limits, ways: &[Way]) -> Result<(), Failure> {
    let embedded = Embedded::start(&run.config, run.settings.folder.as_deref(), limits).await?;
    let measured = measure(run, &embedded, ways).await;
    embedded.end(measured).await
}

async fn measure(run: &mut Run, embedded: &Embedded, ways: &[Way]) -> Result<(), Failure> {
    let meter = Meter::shown("actors");
    let accounts = Accounts::open(embedded.client(), run.settings.accounts, &meter).await?;
    meter.clear();
    let mut idle_bytes = None;
    if !ways.contains(&Way::Activate) {
        idle_bytes = Some(idle(&accounts, run.settings.lasts).await);
    }
    for way in ways {
        let mut actors = Actors {
            mark: tally::mark(&embedded.target()?).await?,
            answered: answered(embedded, way.verb()),
            activated: activated(&run.metrics.render()),
            embedded,
            accounts: &accounts,
            way: *way,
            metrics: run.metrics.clone(),
            idle_bytes: idle_bytes.take(),
        };
        run.examine(&mut actors).await?;
    }
    Ok(())
}

/// Bytes that an actor takes which nobody talks to.
async fn idle(accounts: &Accounts, within: Duration) -> u64 {
    let before = usage::memory_kib();
    let Accounts { client, currency, .. } = accounts;
    let waking = Waking(client.clone(), Money::new(1, *currency));
    let load = Load { most_calls: IDLE, ..Load::closed(CALLERS, Duration::ZERO, within * 4) };
    let made = drive(Arc::new(waking), &load, &Meter::hidden()).await.totals.made();
    usage::memory_kib().saturating_sub(before) * 1024 / made.max(1)
}

/// Asks accounts that nobody opened: they are activated all the same.
struct Waking(purser_actors::Client, Money);

impl Work for Waking {
    async fn call(&self, number: u64) -> Outcome {
        let id: AccountId =
            format!("idle-{number}").parse().map_err(|_| Fault::refused("no id"))?;
        let check = CreditCheck { amount: self.1 };
        let _ = self.0.ask(id.entity_id(), check, AskOptions::default()).await;
        Ok(())
    }
}

impl Way {
    /// What actors are asked.
    fn verb(self) -> &'static str {
        if self == Self::Balance { ReadBalance::VERB } else { CreditCheck::VERB }
    }
}

impl Actors<'_> {
    fn asking(&self, spread: Spread) -> Asking {
        let pairs = Pairs::new(spread, self.accounts.ids.len());
        Asking { accounts: self.accounts.clone(), pairs }
    }

    fn probing(&self, spread: Spread, tells: u64) -> Result<Probing, Failure> {
        let probe = self.embedded.platform.probe();
        let probe = probe.ok_or_else(|| Failure::failed("the node does not run here"))?;
        Ok(Probing { probe, asking: self.asking(spread), tells })
    }
}

#[async_trait]
impl Bench for Actors<'_> {
    fn subject(&self) -> Subject {
        let (way, spread) = match self.way {
            Way::Ask(spread) => ("ask", spread),
            Way::Balance => ("balance", Spread::Uniform),
            Way::Host(spread) => ("host", spread),
            Way::Tell(spread) => ("tell", spread),
            Way::Activate => ("activate", Spread::Uniform),
        };
        let to = if spread == Spread::Hot { "one" } else { "many" };
        let is_past_bus = matches!(self.way, Way::Host(_) | Way::Tell(_));
        Subject {
            bench: "actors".to_owned(),
            workload: format!("{way}-{to}"),
            store: match self.way {
                Way::Activate | Way::Balance => self.embedded.store(),
                Way::Ask(_) | Way::Host(_) | Way::Tell(_) => "none",
            },
            bus: if is_past_bus { "none" } else { self.embedded.bus() },
        }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit::ActixAsk]
    }

    fn queue_bound(&self) -> u64 {
        Limits::default().commands as u64
    }

    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure> {
        Ok(match self.way {
            Way::Ask(spread) => drive(Arc::new(self.asking(spread)), load, meter).await,
            Way::Balance => {
                drive(Arc::new(Reading(self.asking(Spread::Uniform))), load, meter).await
            }
            Way::Activate => drive(Arc::new(self.asking(Spread::Uniform)), load, meter).await,
            Way::Host(spread) => drive(Arc::new(self.probing(spread, 0)?), load, meter).await,
            Way::Tell(spread) => drive(Arc::new(self.probing(spread, TELLS)?), load, meter).await,
        })
    }

    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        _: &Meter,
    ) -> Result<Map<String, Value>, Failure> {
        let tally = tally::since(&self.embedded.target()?, &mut self.mark).await?;
        gate.same("rows stored by questions", 0, tally.events + tally.postings);
        let answered = answered(self.embedded, self.way.verb());
        if matches!(self.way, Way::Ask(_) | Way::Balance | Way::Activate) {
            gate.calls("questions answered by the node", totals, answered - self.answered);
        }
        self.answered = answered;
        let mut particular = Map::new();
        if let Some(bytes) = self.idle_bytes.take() {
            particular.insert("bytes_per_idle_actor".to_owned(), bytes.into());
        }
        if self.way == Way::Activate {
            let activated = activated(&self.metrics.render());
            let activations = activated - self.activated;
            gate.least("activations", totals.done / 4, activations);
            particular.insert("activations".to_owned(), activations.into());
            self.activated = activated;
        }
        Ok(particular)
    }

    async fn balance(&mut self, gate: &mut Gate, meter: &Meter) {
        match self.embedded.target() {
            Ok(target) => gate.books(&target, meter).await,
            Err(_) => gate.void("the books cannot be found"),
        }
    }

    async fn metrics(&mut self) -> Option<String> {
        None
    }
}

/// Questions to accounts that the node was asked over the bus and answered.
fn answered(embedded: &Embedded, verb: &str) -> u64 {
    let statistics = embedded.platform.supervisor().statistics().unwrap_or_default();
    let asked = statistics.iter().find(|of| of.kind == EntityKind::Account && of.verb == verb);
    asked.map_or(0, |of| of.requests - of.refused)
}

struct Asking {
    accounts: Accounts,
    pairs: Pairs,
}

impl Work for Asking {
    async fn call(&self, number: u64) -> Outcome {
        let amount = Money::new(1, self.accounts.currency);
        self.ask(number, CreditCheck { amount }).await
    }
}

impl Asking {
    async fn ask<A: Ask>(&self, number: u64, question: A) -> Outcome {
        let Accounts { client, ids, .. } = &self.accounts;
        let id = ids[self.pairs.of(number).0].entity_id();
        let asked = client.ask(id, question, AskOptions::default()).await;
        asked.map(drop).map_err(accounts::fault)
    }
}

struct Reading(Asking);

impl Work for Reading {
    async fn call(&self, number: u64) -> Outcome {
        self.0.ask(number, ReadBalance::default()).await
    }
}

struct Probing {
    probe: HostProbe,
    asking: Asking,
    tells: u64,
}

impl Work for Probing {
    async fn call(&self, number: u64) -> Outcome {
        let Asking { accounts, pairs } = &self.asking;
        let (id, amount) = (&accounts.ids[pairs.of(number).0], Money::new(1, accounts.currency));
        for _ in 0..self.tells {
            self.probe.tell(id, amount);
        }
        // Messages to one actor stay in order: when this is answered, all before it were handled.
        match self.probe.ask(id, amount).await {
            Some(_) => Ok(()),
            None => Err(Fault::unknown("the actor failed")),
        }
    }

    fn weight(&self) -> u64 {
        self.tells + 1
    }
}
