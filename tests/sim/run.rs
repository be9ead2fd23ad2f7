//! One run: a seed in, what was found out.

use super::{
    check,
    client::SimClient,
    clock::SimClock,
    cluster::{Cluster, PARTITIONS},
    dice::Dice,
    history::History,
    life::Life,
    sabotage::Sabotage,
    script::Script,
    weather::Weather,
    world::World,
};
use purser_actors::Client;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{task::LocalSet, time::timeout};

/// How long clients may need in all. They ask again until they have an answer, so nobody waits longer.
const SCRIPTS: Duration = Duration::from_secs(60);

/// How long everybody may need to come to an end after all is healed.
const AFTERMATH: Duration = Duration::from_secs(900);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The bug that is planted, if any.
    pub(crate) sabotage: Option<Sabotage>,
    /// Whether every step is printed.
    pub(crate) is_printed: bool,
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Hash of all steps.
    pub(crate) trace: u64,
    /// Steps: calls to stores, messages, deeds outside.
    pub(crate) steps: u64,
    /// Commands that were answered.
    pub(crate) commands: u64,
    /// Processes of nodes.
    pub(crate) lives: u64,
    /// Events that were stored.
    pub(crate) events: u64,
}

/// A promise was broken.
#[derive(Debug)]
pub(crate) struct Failure {
    seed: u64,
    weather: Weather,
    what: String,
}

impl Failure {
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, weather, what } = self;
        write!(
            f,
            "seed {seed}: {what}\n  in {weather:?}\n  repeat it with \
             PURSER_SIM_SEED={seed} cargo test --test purser sim::seeds -- --nocapture"
        )
    }
}

/// Runs a plan on this thread, in virtual time.
pub(crate) fn run(plan: Plan) -> Result<Report, Box<Failure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    let dice = Dice::new(plan.seed);
    let weather = if dice.chance(30) { Weather::calm() } else { Weather::draw(&dice) };
    let everything = LocalSet::new();
    let result = everything.block_on(&runtime, async {
        let world = World::new(dice, weather.clone(), plan.is_printed);
        simulate(&world, plan.sabotage).await
    });
    let seed = plan.seed;
    result.map_err(|what| Box::new(Failure { seed, weather, what }))
}

async fn simulate(world: &Arc<World>, sabotage: Option<Sabotage>) -> Result<Report, String> {
    let script = Script::draw(&world.dice);
    let cluster = Cluster::new(world, world.dice.between(1, 3) as usize, sabotage);
    let history = Arc::new(History::default());
    let outside = Life::new(world, "client".to_owned());
    let clock = SimClock::new(world);
    let bus = cluster.board.connect(&outside);
    let client = Client::new(bus.clone(), clock, PARTITIONS, "client");
    let client = SimClient { world: world.clone(), client, bus, history: history.clone() };
    cluster.start();

    let scripts = async {
        client.run(script.beginning).await;
        let mut running = tokio::task::JoinSet::new();
        for commands in script.clients {
            let client = client.clone();
            running.spawn_local(async move { client.run(commands).await });
        }
        while running.join_next().await.is_some() {}
    };
    let watchers = [
        tokio::task::spawn_local(client.clone().watch_sink()),
        tokio::task::spawn_local(client.clone().watch_payments()),
    ];
    let in_time = {
        let mut scripts = std::pin::pin!(scripts);
        let in_time = timeout(SCRIPTS, &mut scripts).await.is_ok();
        cluster.heal();
        in_time || timeout(AFTERMATH, &mut scripts).await.is_ok()
    };
    watchers.iter().for_each(|watcher| watcher.abort());
    check::observed(&cluster, &client)?;
    if !in_time {
        return Err("clients are still without an answer".to_owned());
    }
    let ending = check::settle(&cluster, &client);
    let has_ended = timeout(AFTERMATH, ending).await.is_ok();
    check::observed(&cluster, &client)?;
    if !has_ended {
        return Err(check::what_is_left(&cluster));
    }
    check::promises(&cluster, &client).await?;
    if !cluster.stop().await {
        return Err("nodes do not stop".to_owned());
    }
    check::after_stop(&cluster).await?;
    let (trace, steps) = world.trace.sum();
    Ok(Report {
        trace,
        steps,
        commands: history.records().len() as u64,
        lives: cluster.lives() as u64,
        events: cluster.store.all_events().len() as u64,
    })
}
