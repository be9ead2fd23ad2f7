//! Every bound of the core in one place, with its reason. Documented in ARCHITECTURE.md.

use std::time::Duration;

/// Bounds of queues, batches, retries and times.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Commands and queries at work at once, on the node. Past it callers are told `overloaded` before
    /// a queue grows; at 10,000 a second they would wait for 1.6 s.
    pub commands: usize,
    /// The same for one partition, so that one hot account leaves room for others.
    pub commands_per_partition: usize,
    /// Questions between entities at once, on the node. They serve commands that hold a permit already,
    /// so they have a pool of their own and cannot wait for each other.
    pub questions: usize,
    /// Entities in memory, per kind and arbiter; the least recently used go first.
    pub active_entities: usize,
    /// An entity that nobody spoke to for so long is passivated, unless somebody waits for it.
    pub idle: Duration,
    /// Units of work in one commit; past it latency grows without more throughput.
    pub batch_units: usize,
    /// Postings in one commit; keeps sums within 63 bits (see `MAX_AMOUNT`).
    pub batch_postings: usize,
    /// Tries to commit a batch without the parts that were refused, before all of it fails.
    pub commit_tries: usize,
    /// Panics of one entity within [`Limits::restart_window`] that are answered by a reload.
    pub restarts: usize,
    /// See [`Limits::restarts`].
    pub restart_window: Duration,
    /// An acquirer that has not answered by then has an unknown outcome.
    pub acquirer_timeout: Duration,
    /// Answers remembered by each active entity besides those in the store.
    pub recent_answers: usize,
    /// Wake-ups, deliveries, outbox messages or events taken from the store at once.
    pub due_page: u32,
    /// Deliveries under way at once, and for one endpoint.
    pub deliveries: (usize, usize),
    /// Durable commands at work at once, on the node; the rest waits on the bus.
    pub durable_commands: usize,
    /// Deliveries of a durable command after which it is buried; with the pauses between them they take
    /// a day.
    pub command_attempts: u64,
    /// Deliveries that have ended or are held back, with their attempts, are deleted after so long.
    pub retention: Duration,
    /// Longest pause before an outbox message, a failed wake-up or a delivery whose outcome could not be
    /// stored is tried again.
    pub retry_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commands: 16_384,
            commands_per_partition: 2_048,
            questions: 65_536,
            active_entities: 50_000,
            idle: Duration::from_secs(60),
            batch_units: 1_000,
            batch_postings: 4_000,
            commit_tries: 8,
            restarts: 3,
            restart_window: Duration::from_secs(10),
            acquirer_timeout: Duration::from_secs(20),
            recent_answers: 128,
            due_page: 512,
            deliveries: (256, 8),
            durable_commands: 256,
            command_attempts: 3_000,
            retention: Duration::from_secs(30 * 86_400),
            retry_pause: Duration::from_secs(60),
        }
    }
}
