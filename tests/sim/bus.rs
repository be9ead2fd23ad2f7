//! The bus between nodes and clients: messages are lost, doubled, and overtake each other.

mod durable;

use super::{
    life::{Life, Link},
    world::World,
};
use async_trait::async_trait;
use bytes::Bytes;
use durable::Durable;
use purser_actors::ports::{Bus, BusError, BusMessage, Commands, Headers, Responder, Subscription};
use purser_subjects::Subject;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

/// Messages that wait in one subscription.
const BUFFER: usize = 4_096;

/// Where all messages go through.
pub(crate) struct Switchboard {
    world: Arc<World>,
    listeners: Mutex<Vec<Arc<Listener>>>,
    published: Mutex<Published>,
    durable: Arc<Durable>,
}

/// Events as the bus has taken them, repeats left out by their ids.
#[derive(Default)]
struct Published {
    ids: BTreeSet<String>,
    events: Vec<(String, Bytes)>,
}

struct Listener {
    pattern: Vec<String>,
    queue: Option<String>,
    life: Arc<Life>,
    messages: mpsc::Sender<BusMessage>,
}

impl Switchboard {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        let (listeners, published) = (Mutex::default(), Mutex::default());
        let durable = Durable::new(world);
        Arc::new(Self { world: world.clone(), listeners, published, durable })
    }

    /// The commands that it keeps.
    pub(crate) fn durable(&self) -> &Durable {
        &self.durable
    }

    /// A connection of one process.
    pub(crate) fn connect(self: &Arc<Self>, life: &Arc<Life>) -> Arc<SimBus> {
        Arc::new(SimBus { board: self.clone(), life: life.clone() })
    }

    /// Subject and message of every event that was published, in order.
    pub(crate) fn published(&self) -> Vec<(String, Bytes)> {
        self.published.lock().unwrap().events.clone()
    }

    /// One listener of each queue group, and every plain one.
    fn receivers(&self, subject: &str) -> Vec<Arc<Listener>> {
        let mut listeners = self.listeners.lock().unwrap();
        listeners.retain(|listener| !listener.messages.is_closed() && !listener.life.is_dead());
        let tokens: Vec<_> = subject.split('.').collect();
        let matching = listeners.iter().filter(|listener| matches(&listener.pattern, &tokens));
        let mut receivers: Vec<Arc<Listener>> = Vec::new();
        let mut groups: Vec<(&str, Vec<&Arc<Listener>>)> = Vec::new();
        for listener in matching {
            let Some(queue) = listener.queue.as_deref() else {
                receivers.push(listener.clone());
                continue;
            };
            match groups.iter_mut().find(|(name, _)| *name == queue) {
                Some((_, members)) => members.push(listener),
                None => groups.push((queue, vec![listener])),
            }
        }
        let chosen = groups.iter().map(|(_, members)| *self.world.dice.pick(members));
        chosen.cloned().chain(receivers.iter().cloned()).collect()
    }
}

fn matches(pattern: &[String], subject: &[&str]) -> bool {
    match (pattern, subject) {
        ([], []) => true,
        ([rest], [_, ..]) if rest == ">" => true,
        ([first, pattern @ ..], [token, subject @ ..]) => {
            (first == "*" || first == token) && matches(pattern, subject)
        }
        _ => false,
    }
}

/// Takes the first answer that comes; nothing when a receiver dropped the message.
type Asker = Arc<Mutex<Option<oneshot::Sender<Option<Bytes>>>>>;

/// One process's connection to the bus.
pub(crate) struct SimBus {
    board: Arc<Switchboard>,
    life: Arc<Life>,
}

impl SimBus {
    /// Sends a message on its way, perhaps twice, perhaps not at all.
    fn send(&self, to: &Arc<Listener>, subject: &str, payload: &Bytes, asker: Option<&Asker>) {
        let world = &self.board.world;
        let copies = match () {
            () if world.hurts(|weather| weather.lost) => 0,
            () if world.hurts(|weather| weather.doubled) => 2,
            () => 1,
        };
        for _ in 0..copies {
            let transit = world.transit();
            let (to, subject, payload) = (to.clone(), subject.to_owned(), payload.clone());
            tokio::spawn(carry(to, subject, payload, asker.cloned(), transit));
        }
    }
}

/// Brings a message to its receiver, and its answer back.
async fn carry(
    to: Arc<Listener>,
    subject: String,
    payload: Bytes,
    asker: Option<Asker>,
    transit: Duration,
) {
    sleep(transit).await;
    to.life.go_on().await;
    if to.life.is_cut(Link::Bus) {
        return;
    }
    let (answer, answered) = oneshot::channel();
    let responder = asker.is_some().then(|| {
        Responder::from_fn(move |bytes| {
            let _ = answer.send(bytes);
        })
    });
    let headers = Headers::new();
    if to.messages.try_send(BusMessage { subject, headers, payload, responder }).is_err() {
        return;
    }
    let Some(asker) = asker else { return };
    // Nothing at all when the receiver left it to others.
    let Ok(bytes) = answered.await else { return };
    let world = to.life.world.clone();
    let sent = to.life.step(Link::Bus).await;
    if sent.is_err() || world.hurts(|weather| weather.lost) {
        return;
    }
    sleep(world.transit()).await;
    let asker = asker.lock().unwrap().take();
    if let Some(asker) = asker {
        let _ = asker.send(bytes);
    }
}

#[async_trait]
impl Bus for SimBus {
    async fn ask(
        &self,
        subject: &Subject,
        message: Bytes,
        limit: Duration,
    ) -> Result<Bytes, BusError> {
        let subject = subject.to_string();
        self.life.note(format_args!("asks {subject}"));
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        let receivers = self.board.receivers(&subject);
        if receivers.is_empty() {
            return Err(BusError::NoResponder);
        }
        let (asker, answered) = oneshot::channel();
        let asker: Asker = Arc::new(Mutex::new(Some(asker)));
        for receiver in &receivers {
            self.send(receiver, &subject, &message, Some(&asker));
        }
        let answer = timeout(limit, answered).await;
        drop(asker);
        self.life.go_on().await;
        match answer {
            Ok(Ok(_)) if self.life.is_cut(Link::Bus) => Err(BusError::Disconnected),
            Ok(Ok(answer)) => answer.ok_or(BusError::Disconnected),
            Ok(Err(_)) | Err(_) => Err(BusError::Timeout),
        }
    }

    async fn publish(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        let subject = subject.to_string();
        self.life.note(format_args!("publishes {subject}"));
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        if self.board.world.hurts(|weather| weather.lost) {
            return Err(BusError::Timeout);
        }
        {
            let mut published = self.board.published.lock().unwrap();
            if published.ids.insert(id.to_owned()) {
                published.events.push((subject.clone(), message.clone()));
            }
        }
        let taken = self.life.step(Link::Bus).await;
        taken.map_err(|_| BusError::Disconnected)?;
        match self.board.world.hurts(|weather| weather.lost) {
            true => Err(BusError::Timeout),
            false => Ok(()),
        }
    }

    async fn tell(&self, subject: &Subject, message: Bytes) -> Result<(), BusError> {
        let subject = subject.to_string();
        self.life.note(format_args!("tells {subject}"));
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        for receiver in self.board.receivers(&subject) {
            self.send(&receiver, &subject, &message, None);
        }
        Ok(())
    }

    async fn submit(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        let subject = subject.to_string();
        self.life.note(format_args!("submits {subject}"));
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        if self.board.world.hurts(|weather| weather.lost) {
            return Err(BusError::Timeout);
        }
        self.board.durable.submit(subject, id, message);
        match self.board.world.hurts(|weather| weather.lost) {
            true => Err(BusError::Timeout),
            false => Ok(()),
        }
    }

    async fn commands(&self) -> Result<Commands, BusError> {
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        Ok(self.board.durable.taker(&self.life))
    }

    async fn close(&self) {}

    async fn subscribe(
        &self,
        pattern: &str,
        queue: Option<&str>,
    ) -> Result<Subscription, BusError> {
        self.life.note(format_args!("listens on {pattern}"));
        let sent = self.life.step(Link::Bus).await;
        sent.map_err(|_| BusError::Disconnected)?;
        let (messages, receiver) = mpsc::channel(BUFFER);
        let listener = Listener {
            pattern: pattern.split('.').map(str::to_owned).collect(),
            queue: queue.map(str::to_owned),
            life: self.life.clone(),
            messages,
        };
        self.board.listeners.lock().unwrap().push(Arc::new(listener));
        Ok(Subscription::new(receiver))
    }
}
