//! The nodes of a run, and what befalls them.

use super::{
    acquirer::{CardHouse, SimAcquirer},
    bus::Switchboard,
    clock::SimClock,
    commits::Commits,
    issuer::{CardBank, SimIssuer},
    life::{Life, Link},
    messenger::{Receivers, SimMessenger},
    sabotage::Sabotage,
    store::SimStore,
    weather::Accident,
    world::World,
};
use crate::support::memory_store::MemoryStore;
use purser_actors::{
    ActorThreads, Node, NodeConfig, Ports,
    ports::{Clock as _, NodeId},
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// Partitions of a simulated deployment.
pub(crate) const PARTITIONS: u32 = 4;

/// Longest time that a stopping node has.
const STOP: Duration = Duration::from_secs(10);

/// What all nodes share.
pub(crate) struct Cluster {
    pub(crate) world: Arc<World>,
    pub(crate) store: MemoryStore,
    pub(crate) board: Arc<Switchboard>,
    pub(crate) house: Arc<CardHouse>,
    pub(crate) bank: Arc<CardBank>,
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) commits: Arc<Commits>,
    sabotage: Option<Sabotage>,
    seats: Vec<Arc<Seat>>,
    closing: AtomicBool,
}

/// Where a node runs: one process after another.
struct Seat {
    number: usize,
    clock: Arc<SimClock>,
    present: Mutex<Present>,
    stop: Notify,
}

struct Present {
    id: NodeId,
    lives: usize,
    life: Option<Arc<Life>>,
    quarantined: Vec<String>,
}

impl Seat {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap()
    }

    fn life(&self) -> Option<Arc<Life>> {
        self.present().life.clone().filter(|life| !life.is_dead())
    }
}

impl Cluster {
    pub(crate) fn new(world: &Arc<World>, nodes: usize, sabotage: Option<Sabotage>) -> Arc<Self> {
        let seat = |number| {
            let clock = SimClock::new(world);
            let id = NodeId(clock.new_id());
            let present = Present { id, lives: 0, life: None, quarantined: Vec::new() };
            Arc::new(Seat { number, clock, present: Mutex::new(present), stop: Notify::new() })
        };
        Arc::new(Self {
            world: world.clone(),
            store: MemoryStore::new(),
            board: Switchboard::new(world),
            house: CardHouse::new(world),
            bank: CardBank::new(world),
            receivers: Arc::default(),
            commits: Arc::default(),
            sabotage,
            seats: (0..nodes).map(seat).collect(),
            closing: AtomicBool::new(false),
        })
    }

    /// Starts every node, and again whenever it has ended.
    pub(crate) fn start(self: &Arc<Self>) {
        for seat in &self.seats {
            tokio::task::spawn_local(self.clone().occupy(seat.clone()));
        }
        tokio::task::spawn_local(self.clone().accidents());
    }

    async fn occupy(self: Arc<Self>, seat: Arc<Seat>) {
        while !self.closing.load(Ordering::Relaxed) {
            self.live(&seat).await;
            let pause = self.world.dice.between(20, 3_000);
            sleep(Duration::from_millis(pause)).await;
            // Now and then its folder is lost, and it comes back as another node.
            if !self.world.is_healed() && self.world.dice.chance(100) {
                seat.present().id = NodeId(seat.clock.new_id());
            }
        }
    }

    /// One life, from its start to its end.
    async fn live(&self, seat: &Seat) {
        let (life, id) = {
            let mut present = seat.present();
            present.lives += 1;
            let name = format!("node{}.{}", seat.number, present.lives);
            let life = Life::new(&self.world, name);
            present.life = Some(life.clone());
            (life, present.id)
        };
        life.note(format_args!("starts"));
        let config = NodeConfig {
            id,
            name: life.name().to_owned(),
            partitions: PARTITIONS,
            arbiters: ActorThreads::Callers,
            ..NodeConfig::default()
        };
        let (commits, sabotage) = (self.commits.clone(), self.sabotage);
        let ports = Ports {
            store: SimStore::new(self.store.clone(), life.clone(), id, sabotage, commits),
            bus: self.board.connect(&life),
            acquirer: Arc::new(SimAcquirer { house: self.house.clone(), life: life.clone() }),
            issuer: Arc::new(SimIssuer { bank: self.bank.clone(), life: life.clone() }),
            messenger: Arc::new(SimMessenger {
                receivers: self.receivers.clone(),
                life: life.clone(),
            }),
            clock: seat.clock.clone(),
        };
        let started = tokio::select! {
            biased;
            () = life.ended() => return,
            () = seat.stop.notified() => return life.kill(),
            started = Node::start(config, ports) => started,
        };
        let node = match started {
            Ok(node) => node,
            Err(error) => {
                life.note(format_args!("cannot start: {error}"));
                return life.kill();
            }
        };
        life.note(format_args!("has started"));
        tokio::select! {
            biased;
            () = life.ended() => {}
            () = node.failed() => life.note(format_args!("has failed")),
            () = seat.stop.notified() => {
                life.note(format_args!("is told to stop"));
                let quarantined = node.quarantined();
                self.note_quarantined(seat, &quarantined);
                tokio::select! {
                    biased;
                    () = life.ended() => {}
                    () = node.shutdown(STOP) => life.note(format_args!("has stopped")),
                }
                return life.kill();
            }
        }
        let quarantined = node.quarantined();
        self.note_quarantined(seat, &quarantined);
        // Before the node is dropped: what its tasks do while they end has no effect.
        life.kill();
        drop(node);
    }

    fn note_quarantined(&self, seat: &Seat, quarantined: &[purser_subjects::EntityKey]) {
        let names = quarantined.iter().map(ToString::to_string);
        seat.present().quarantined.extend(names);
    }

    /// What befalls the nodes until the world is healed.
    async fn accidents(self: Arc<Self>) {
        let weather = self.world.weather().clone();
        if weather.accidents_every_ms == 0 {
            return;
        }
        loop {
            let pause = self.world.dice.between(1, weather.accidents_every_ms * 2);
            sleep(Duration::from_millis(pause)).await;
            if self.world.is_healed() {
                return;
            }
            let seat = self.world.dice.pick(&self.seats).clone();
            let accident = *self.world.dice.pick(&weather.accidents);
            let Some(life) = seat.life() else { continue };
            life.note(format_args!("meets {accident:?}"));
            self.befall(&seat, &life, accident);
        }
    }

    fn befall(&self, seat: &Seat, life: &Life, accident: Accident) {
        let dice = &self.world.dice;
        let span = || Duration::from_millis(dice.between(200, 12_000));
        match accident {
            Accident::Crash => life.kill(),
            Accident::CrashAtStep => life.kill_after(dice.between(1, 60)),
            Accident::Freeze => life.freeze(span()),
            Accident::CutFromBus => life.cut(Link::Bus, span()),
            Accident::CutFromStore => life.cut(Link::Store, span()),
            Accident::Stop => seat.stop.notify_one(),
            Accident::ClockJump => {
                let (back, ahead) = (dice.below(10_000) as i64, dice.below(100_000) as i64);
                seat.clock.set_wrong_by(if dice.chance(500) { ahead } else { -back });
            }
        }
    }

    /// Mends everything that is broken and lets it stay so.
    pub(crate) fn heal(&self) {
        self.world.heal();
        for seat in &self.seats {
            seat.clock.set_wrong_by(0);
            if let Some(life) = seat.life() {
                life.heal();
            }
        }
    }

    /// Processes that there were.
    pub(crate) fn lives(&self) -> usize {
        self.seats.iter().map(|seat| seat.present().lives).sum()
    }

    /// Entities that were found out of service.
    pub(crate) fn quarantined(&self) -> Vec<String> {
        self.seats.iter().flat_map(|seat| seat.present().quarantined.clone()).collect()
    }

    /// Tells all nodes to stop for good; returns when they have, false when that takes too long.
    pub(crate) async fn stop(&self) -> bool {
        self.closing.store(true, Ordering::Relaxed);
        for seat in &self.seats {
            seat.stop.notify_one();
        }
        for _ in 0..200 {
            if self.seats.iter().all(|seat| seat.life().is_none()) {
                return true;
            }
            sleep(Duration::from_millis(100)).await;
        }
        false
    }
}
