//! Durable commands: each is delivered, to this node or that, until somebody says what became of it.

use super::super::{
    life::{Life, Link},
    world::World,
};
use async_trait::async_trait;
use bytes::Bytes;
use purser_actors::ports::{BusError, Commands, DurableCommand, Receipt};
use purser_subjects::Rejection;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

/// A delivery without a verdict is repeated after so long.
const VERDICT: Duration = Duration::from_secs(30);

/// Deliveries that wait in one taker's hands.
const BUFFER: usize = 64;

/// The commands that the bus keeps.
pub(crate) struct Durable {
    world: Arc<World>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    ids: BTreeSet<String>,
    takers: Vec<Taker>,
    /// Handed over, and without a verdict that ends it.
    open: usize,
}

struct Taker {
    life: Arc<Life>,
    commands: mpsc::Sender<DurableCommand>,
}

impl Durable {
    pub(super) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self { world: world.clone(), kept: Mutex::default() })
    }

    /// Commands that nobody has acknowledged or buried.
    pub(crate) fn open(&self) -> usize {
        self.kept.lock().unwrap().open
    }

    pub(super) fn taker(&self, life: &Arc<Life>) -> Commands {
        let (sender, commands) = mpsc::channel(BUFFER);
        let taker = Taker { life: life.clone(), commands: sender };
        self.kept.lock().unwrap().takers.push(taker);
        Commands::new(commands)
    }

    /// Keeps a command, unless it has one with this id.
    pub(super) fn submit(self: &Arc<Self>, subject: String, id: &str, payload: Bytes) {
        let mut kept = self.kept.lock().unwrap();
        if kept.ids.insert(id.to_owned()) {
            kept.open += 1;
            tokio::spawn(self.clone().deliver(id.to_owned(), subject, payload));
        }
    }

    async fn deliver(self: Arc<Self>, id: String, subject: String, payload: Bytes) {
        for attempt in 1.. {
            sleep(self.world.transit()).await;
            let (life, verdict) = self.hand_out(&subject, &payload, attempt).await;
            self.world.note(format_args!("{} is given {id}", life.name()));
            let verdict = timeout(VERDICT, verdict).await;
            let is_heard = !life.is_dead() && !self.world.hurts(|weather| weather.lost);
            match verdict {
                Ok(Ok(Verdict::Ended)) if is_heard => break,
                Ok(Ok(Verdict::Again(pause))) => sleep(pause).await,
                // The verdict was lost, or its taker.
                _ => sleep(Duration::from_secs(1)).await,
            }
        }
        self.world.note(format_args!("{id} is done with"));
        self.kept.lock().unwrap().open -= 1;
    }

    /// Gives the command to some taker.
    async fn hand_out(
        &self,
        subject: &str,
        payload: &Bytes,
        attempt: u64,
    ) -> (Arc<Life>, oneshot::Receiver<Verdict>) {
        loop {
            let taker = {
                let takers = &mut self.kept.lock().unwrap().takers;
                takers.retain(|taker| !taker.life.is_dead() && !taker.commands.is_closed());
                let reached = |taker: &&Taker| !taker.life.is_cut(Link::Bus);
                let takers: Vec<_> = takers.iter().filter(reached).collect();
                let chosen = (!takers.is_empty()).then(|| *self.world.dice.pick(&takers));
                chosen.map(|taker| (taker.life.clone(), taker.commands.clone()))
            };
            if let Some((life, commands)) = taker {
                life.go_on_or_die().await;
                let (sender, verdict) = oneshot::channel();
                let receipt = Box::new(Slip { life: life.clone(), verdict: sender });
                let (subject, payload) = (subject.to_owned(), payload.clone());
                let command = DurableCommand::new(subject, payload, attempt, receipt);
                if commands.try_send(command).is_ok() {
                    return (life, verdict);
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// What a taker says.
enum Verdict {
    Ended,
    Again(Duration),
}

struct Slip {
    life: Arc<Life>,
    verdict: oneshot::Sender<Verdict>,
}

impl Slip {
    async fn say(self, verdict: Verdict) -> Result<(), BusError> {
        self.life.step(Link::Bus).await.map_err(|_| BusError::Disconnected)?;
        let _ = self.verdict.send(verdict);
        Ok(())
    }
}

#[async_trait]
impl Receipt for Slip {
    async fn ack(self: Box<Self>) -> Result<(), BusError> {
        self.say(Verdict::Ended).await
    }

    async fn retry_after(self: Box<Self>, pause: Duration) -> Result<(), BusError> {
        self.say(Verdict::Again(pause)).await
    }

    async fn bury(self: Box<Self>, reason: &Rejection) -> Result<(), BusError> {
        self.life.note(format_args!("buries a command: {reason}"));
        self.say(Verdict::Ended).await
    }
}
