//! What do 10,000 concurrent card-binding sessions on one node cost, and does each expire within a second
//! of its due time? Through bus, intake, hosts, actors, journal, timers and SQLite.
//!
//! Prints memory per session, the time of an activation, and how late the sessions expired; fails when one
//! was later than a second.
#![allow(clippy::disallowed_methods, reason = "measures real time")]

#[path = "support/allocator.rs"]
mod allocator;

use futures_util::{StreamExt, stream};
use purser::{
    acquirers::sandbox::SandboxAcquirer,
    bus::memory::MemoryBus,
    clock::SystemClock,
    issuers::sandbox::SandboxIssuer,
    messenger::{HttpMessenger, guard::Guard},
    store::{self, StoreTarget},
    vault::{MasterKey, Vault},
};
use purser_actors::{
    AskOptions, Client, Limits, Node, NodeConfig, Ports,
    ports::{Clock, Store},
    verify,
};
use purser_subjects::{
    BindingId, MerchantId, Timestamp,
    binding::{BindingEvent, IssueSession, Language, OpenSession, SessionStage},
    merchant::{CreateMerchant, Environment, MerchantTerms},
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Sessions at a time.
const SESSIONS: usize = 10_000;
/// Callers that begin and open them.
const CALLERS: usize = 256;
/// A session that expires later than this after its due time fails the run.
const BOUND: Duration = Duration::from_secs(1);
/// Time for all sessions to be begun and opened before the first of them is due. All are due within as
/// short a time as they were begun in.
const VALID_SECS: u32 = 60;
const STOP_WITHIN: Duration = Duration::from_secs(10);

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(run());
}

struct Bed {
    node: Node,
    client: Client,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

async fn start(target: &StoreTarget, limits: Limits) -> Bed {
    let store = store::open(target).await.expect("the store can be created");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let key = MasterKey::from_hex(&"5a".repeat(32)).expect("64 hex digits");
    let vault = Arc::new(Vault::new(key));
    let guard = Arc::new(Guard::new(Vec::new()));
    let messenger = HttpMessenger::new(clock.clone(), guard, []).expect("TLS roots are found");
    let ports = Ports {
        store: store.clone(),
        bus: Arc::new(MemoryBus::new()),
        acquirer: Arc::new(SandboxAcquirer::new(vault.clone(), clock.clone())),
        issuer: Arc::new(SandboxIssuer::new(vault, clock.clone())),
        messenger: Arc::new(messenger),
        clock: clock.clone(),
    };
    let config = NodeConfig { limits, ..NodeConfig::default() };
    let node = Node::start(config, ports).await.expect("the node starts");
    let client = node.client();
    Bed { node, client, store, clock }
}

fn merchant() -> MerchantId {
    "10001".parse().expect("an id")
}

fn state(number: usize) -> String {
    format!("{number:032}")
}

fn id(number: usize) -> BindingId {
    BindingId::derive(&merchant(), &state(number))
}

/// As the digest of some code would be.
fn code(number: usize) -> String {
    format!("{number:064x}")
}

fn issue(number: usize) -> IssueSession {
    IssueSession {
        merchant: merchant(),
        state: state(number),
        code: code(number),
        valid_secs: VALID_SECS,
        language: Language::Id,
        scopes: vec!["CARD_REGISTRATION".to_owned()],
        redirect_url: Some("https://shop.example/bound".to_owned()),
        failure_redirect_url: Some("https://shop.example/failed".to_owned()),
        customer: Some(format!("customer-{number}")),
        phone: Some("6281234567890".to_owned()),
        bank_code: Some("002".to_owned()),
        details: BTreeMap::from([("additionalInfo1".to_owned(), "a book".to_owned())]),
        notify: None,
    }
}

#[allow(clippy::print_stdout, reason = "its result")]
async fn run() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.expect("the target folder can be written");
    let target = StoreTarget::Sqlite(folder.path().join("purser.db"));
    // Sessions stay in memory, so that the figure is that of sessions at work.
    let limits = Limits { idle: Duration::from_secs(600), ..Limits::default() };
    let bed = start(&target, limits).await;
    let create = CreateMerchant {
        name: "Shop".to_owned(),
        environment: Environment::Sandbox,
        credentials: Vec::new(),
        terms: MerchantTerms::default(),
    };
    let ask = AskOptions::default;
    bed.client.ask(merchant().entity_id(), create, ask()).await.expect("a merchant");

    let before = resident_kib();
    let begun = Instant::now();
    all(|number| {
        let (client, issue) = (bed.client.clone(), issue(number));
        async move { client.ask(id(number).entity_id(), issue, ask()).await.map(|_| ()) }
    })
    .await;
    let took = begun.elapsed();
    let resident = resident_kib().saturating_sub(before);
    println!("sessions                 {SESSIONS}");
    println!("begun in                 {:.2} s, {:.0} a second", took.as_secs_f64(), rate(took));
    println!("memory for each          {:.2} KiB", resident as f64 / SESSIONS as f64);

    // The state alone, as it is stored.
    let keys: Vec<_> = (0..100).map(|number| id(number).key()).collect();
    let stored = bed.store.load(&keys).await.expect("the store answers");
    let bytes: usize = stored.iter().filter_map(|row| row.state.as_ref()).map(|s| s.len()).sum();
    println!("stored state of each     {} bytes", bytes / keys.len());

    // A node that was started anew has none of them in memory: each is activated by its first message.
    bed.node.shutdown(STOP_WITHIN).await;
    let bed = start(&target, Limits::default()).await;
    let times = std::sync::Mutex::new(Vec::with_capacity(SESSIONS));
    let begun = Instant::now();
    all(|number| {
        let (client, times) = (bed.client.clone(), &times);
        async move {
            let asked = Instant::now();
            let open = OpenSession { code: code(number) };
            client.ask(id(number).entity_id(), open, ask()).await?;
            times.lock().expect("nobody panics").push(asked.elapsed().as_micros() as u64);
            Ok(())
        }
    })
    .await;
    let took = begun.elapsed();
    let times = Sorted::new(times.into_inner().expect("nobody panics"));
    println!("activated and opened in  {:.2} s, {:.0} a second", took.as_secs_f64(), rate(took));
    let at = |quantile| times.at(quantile) as f64 / 1_000.0;
    println!("  with {CALLERS} at a time      p50 {:.1} ms, p99 {:.1} ms", at(0.5), at(0.99));

    let lateness = lateness(&bed).await;
    let latest = lateness.at(1.0);
    println!(
        "expired after due        p50 {} ms, p99 {} ms, the last {latest} ms",
        lateness.at(0.5),
        lateness.at(0.99),
    );
    bed.node.settle_commits().await.expect("the journal runs");
    let audit = store::audit(&target).await.expect("the store can be read");
    verify(audit, |_| {}).await.expect("the books are right");
    bed.node.shutdown(STOP_WITHIN).await;
    assert!(
        u128::from(latest) <= BOUND.as_millis(),
        "a session expired {latest} ms after its due time, more than a second"
    );
}

fn rate(took: Duration) -> f64 {
    SESSIONS as f64 / took.as_secs_f64()
}

/// Does something with every session, so many at a time.
async fn all<F>(one: impl Fn(usize) -> F)
where
    F: Future<Output = Result<(), purser_subjects::Rejection>>,
{
    let done = stream::iter(0..SESSIONS).map(one).buffer_unordered(CALLERS);
    let done: Vec<_> = done.collect().await;
    for outcome in done {
        outcome.expect("nothing is refused");
    }
}

/// Figures in order.
struct Sorted(Vec<u64>);

impl Sorted {
    fn new(mut figures: Vec<u64>) -> Self {
        figures.sort_unstable();
        Self(figures)
    }

    fn at(&self, quantile: f64) -> u64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * quantile).round() as usize).copied().unwrap_or(0)
    }
}

/// How long after its due time each session's end was seen to be committed, in milliseconds.
async fn lateness(bed: &Bed) -> Sorted {
    let mut late = Vec::with_capacity(SESSIONS);
    let mut due: BTreeMap<String, Timestamp> = BTreeMap::new();
    // The last session is due at most so long after now.
    let deadline = bed.clock.now().plus(Duration::from_secs(u64::from(VALID_SECS) + 30));
    let mut after = 0;
    while late.len() < SESSIONS {
        assert!(bed.clock.now() < deadline, "only {} sessions have ended", late.len());
        let events = bed.store.events(1, after, 1_000).await.expect("the store answers");
        let now = bed.clock.now();
        if events.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for row in events {
            after = row.number;
            let event = <BindingEvent as purser_subjects::Event>::decode(&row.name, &row.payload);
            match event {
                Some(Ok(BindingEvent::SessionIssued(issued))) => {
                    due.insert(row.entity.id.to_string(), issued.expires_at);
                }
                Some(Ok(BindingEvent::SessionEnded(event))) => {
                    assert_eq!(event.stage, SessionStage::Expired);
                    let due = due[row.entity.id.as_str()];
                    late.push(now.since(due).as_millis() as u64);
                }
                _ => {}
            }
        }
    }
    Sorted::new(late)
}

/// Memory of this process.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
