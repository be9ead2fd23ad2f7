//! One life of a process, from its start until it is killed. Whatever it does outside are steps of its
//! life: it can end before any of them.

use super::world::World;
use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// How long something that stands still is not looked at: a pause can be ended early.
const NAP: Duration = Duration::from_millis(50);

/// A process that runs, stands still, or is dead.
pub(crate) struct Life {
    pub(crate) world: Arc<World>,
    name: String,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    is_dead: bool,
    /// Steps until it dies.
    fuse: Option<u64>,
    frozen_until: Option<Instant>,
    bus_cut_until: Option<Instant>,
    store_cut_until: Option<Instant>,
}

/// What a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Bus,
    Store,
    /// Acquirers and merchants.
    Outside,
}

/// The link is cut.
pub(crate) struct Cut;

impl Life {
    pub(crate) fn new(world: &Arc<World>, name: String) -> Arc<Self> {
        let (state, ended) = (Mutex::default(), Notify::new());
        Arc::new(Self { world: world.clone(), name, state, ended })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Ends it. Nothing that it does has any effect from now on.
    pub(crate) fn kill(&self) {
        let was_dead = std::mem::replace(&mut self.state.lock().unwrap().is_dead, true);
        if !was_dead {
            self.world.note(format_args!("{} dies", self.name));
            self.ended.notify_one();
        }
    }

    /// Ends it after so many more steps.
    pub(crate) fn kill_after(&self, steps: u64) {
        self.state.lock().unwrap().fuse = Some(steps);
    }

    pub(crate) fn freeze(&self, span: Duration) {
        self.state.lock().unwrap().frozen_until = Some(Instant::now() + span);
    }

    pub(crate) fn cut(&self, link: Link, span: Duration) {
        let mut state = self.state.lock().unwrap();
        let until = Some(Instant::now() + span);
        match link {
            Link::Bus => state.bus_cut_until = until,
            Link::Store => state.store_cut_until = until,
            Link::Outside => {}
        }
    }

    /// Ends pauses and cuts, and takes a fuse out.
    pub(crate) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        *state = State { is_dead: state.is_dead, ..State::default() };
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state.lock().unwrap().is_dead
    }

    /// Returns when it has been killed. One waits.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Records what it does next.
    pub(crate) fn note(&self, what: std::fmt::Arguments<'_>) {
        if !self.is_dead() {
            self.world.note(format_args!("{} {what}", self.name));
        }
    }

    /// A step outside. Takes a little time; never returns when the process is dead by then.
    pub(crate) async fn step(&self, link: Link) -> Result<(), Cut> {
        let is_last = match &mut self.state.lock().unwrap().fuse {
            Some(steps) => {
                *steps = steps.saturating_sub(1);
                *steps == 0
            }
            None => false,
        };
        if is_last {
            self.kill();
        }
        self.go_on().await;
        let pause = self.world.dice.below(4);
        if pause > 0 {
            sleep(Duration::from_millis(pause - 1)).await;
            self.go_on().await;
        }
        if self.is_cut(link) { Err(Cut) } else { Ok(()) }
    }

    /// Returns when it runs; never when it is dead.
    pub(crate) async fn go_on(&self) {
        self.go_on_or_die().await;
        if self.is_dead() {
            pending().await
        }
    }

    /// Returns when it runs or is dead.
    pub(crate) async fn go_on_or_die(&self) {
        while !self.is_dead() && self.is_frozen() {
            sleep(NAP).await;
        }
    }

    fn is_frozen(&self) -> bool {
        let until = self.state.lock().unwrap().frozen_until;
        until.is_some_and(|until| until > Instant::now())
    }

    pub(crate) fn is_cut(&self, link: Link) -> bool {
        let state = self.state.lock().unwrap();
        let until = match link {
            Link::Bus => state.bus_cut_until,
            Link::Store => state.store_cut_until,
            Link::Outside => None,
        };
        until.is_some_and(|until| until > Instant::now())
    }
}
