//! `purser bench`: what to measure, and how.

use crate::{
    bench::{self, Deliver, Mix, Rate, SWEEP, Settings, What},
    config::Config,
    terminal::Failure,
};
use clap::{Args, Subcommand};
use std::{path::PathBuf, time::Duration};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  purser bench ledger                              transfers, on SQLite in a temporary folder
  purser bench http --sweep --report bench.html    payments, with 1 to 4,096 in flight, and plots
  purser bench http --rate 50% --overload          also the latency at half of the rate, and twice it
  purser bench ledger --grown 20000000             what is left of the rate with so many postings
  purser bench scale --accounts 1000000            memory, and how soon a node is ready
  purser bench limit                               what this machine can do at all
  purser bench all --database-url postgres://localhost/postgres --nats-url nats://localhost --repeat 5
  purser bench http --url http://127.0.0.1:8080    a running server, with the sandbox.json of --data-dir

Without --url a bench starts a node for itself, in a temporary folder, and removes it afterwards. With
--database-url it makes a database of its own on that server (its user needs CREATEDB), with --nats-url
streams of its own; both are named purser_bench_... and what is there already is not touched.

A result counts only if the callers' count, the stored rows, the broker's count and the callbacks that
were received agree, and the books balance. Otherwise it is void, and the exit status 1.

Everything shares the machine: callers, node, database, broker. Loads reach this machine only, and end by
themselves. Quote a figure with its processor, cores and disk, and with its share of the limit.";

/// What to measure.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum BenchVerb {
    /// Every bench after another, and the limits
    All(BenchOptions),
    /// Questions to actors: many and one, over the bus and straight to the host, activation
    Actors(BenchOptions),
    /// Transfers into the journal: among all accounts alike, by Zipf's law, all from one account
    ///
    /// With --grown N only among all accounts alike: on a fresh database, and once more on the same when N
    /// postings have been added. The results of the second are those of the first with `fresh_ratio`.
    Ledger(BenchOptions),
    /// Durable transfers over the broker, from hand-over to event; needs --nats-url and --database-url
    Nats(BenchOptions),
    /// Card payments with checksums and callbacks, from client processes of their own
    Http(BenchOptions),
    /// Card bindings through SNAP and the customers' page, from auth code to token, with signatures
    ///
    /// A call is seven requests: the signed Get OAuth Code; the page, the card, the page, the one-time code
    /// and the page again, as a browser sends them; and the signed Account Binding that takes the token.
    Binding(BenchOptions),
    /// Notices to registered endpoints: how many a second, and how long after their cause
    Callbacks(BenchOptions),
    /// Many accounts, most of them idle: how soon a new node is ready, and what it takes in memory
    ///
    /// Makes a database with --accounts accounts and --grown postings, then starts a node on it in a process
    /// of its own. `cold-start` is the time from the start of the process until its health is "ready", with
    /// the database's pages as warm as the load before left them (--repeat starts it more often); `activate`
    /// brings --active accounts into memory and tells `bytes_per_idle_entity` and `memory_mib`, that of the
    /// whole process.
    Scale(BenchOptions),
    /// What the machine can do at all: actix, axum, NATS, the disk, and rows without any logic
    ///
    /// Every other bench measures the one of these that bounds it too, with as many calls in flight, and
    /// prints its share of it.
    Limit(BenchOptions),
    /// Sells as it is told on standard input
    #[command(hide = true)]
    Client,
    /// Is a node as it is told on standard input
    #[command(hide = true)]
    Node,
}

/// How to measure.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples, and what makes a result void: `purser bench --help`.")]
pub struct BenchOptions {
    /// Callers at once, each with one call at a time; several with commas
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "256",
        value_parser = clap::value_parser!(u16).range(1..=8_192)
    )]
    in_flight: Vec<u16>,
    /// 1, 16, 64, 256, 1,024 and 4,096 callers at once, one load each
    #[arg(long, conflicts_with = "in_flight")]
    sweep: bool,
    /// Also a load that arrives at a constant rate: so many a second, or a share of what was reached,
    /// such as 50%. Latency then counts from when a call was due
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,
    /// Also a load of twice what was reached: goodput, refusals, how much waits, time to recover
    #[arg(long)]
    overload: bool,
    /// Seconds of each load that are measured
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds)]
    seconds: Duration,
    /// Seconds of each load before it is measured
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    warm_up: Duration,
    /// Repeat each closed loop, and take the one with the median rate
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=99))]
    repeat: u8,
    /// Do not measure what bounds the bench
    #[arg(long)]
    no_limit: bool,
    /// Client processes of HTTP loads
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64))]
    clients: u8,
    /// Accounts that transfers go between
    #[arg(
        long,
        value_name = "N",
        default_value = "10000",
        value_parser = clap::value_parser!(u32).range(2..=10_000_000)
    )]
    accounts: u32,
    /// Postings that the database gets first. `ledger` then compares a fresh database with one of so many,
    /// `scale` starts nodes on it [default: ledger none, scale ten for each account]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    grown: Option<u64>,
    /// Accounts that `scale` brings into memory [default: a tenth of --accounts]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    active: Option<u32>,
    /// Give transfers idempotency keys: one look-up and one row more for each
    #[arg(long)]
    keyed: bool,
    /// What is sold over HTTP [default: db, pa-cp and refund, one after another]
    #[arg(long, value_name = "MIX")]
    mix: Option<Mix>,
    /// When the notifications of payments are delivered [default: during, and once more for db after]
    #[arg(long, value_name = "WHEN")]
    deliver: Option<Deliver>,
    /// Endpoints that notices go to
    #[arg(
        long,
        value_name = "N",
        default_value = "1000",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    endpoints: u32,
    /// A running server of this machine, in place of one that is started
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Where the temporary folder is made, on the disk that is to be measured [default: the system's]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print one JSON object a line for each result
    #[arg(long)]
    json: bool,
    /// Write a report with plots, one HTML file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A load lasts an hour at most.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let longest = Duration::from_secs(3_600);
    seconds.filter(|s| *s <= longest).ok_or_else(|| "a time has 0 to 3600 seconds".to_owned())
}

impl BenchOptions {
    fn settings(self) -> Result<Settings, Failure> {
        if self.seconds < Duration::from_millis(100) {
            return Err(Failure::cannot_begin("--seconds: a load is measured for 0.1 s at least"));
        }
        let in_flight = if self.sweep {
            SWEEP.to_vec()
        } else {
            self.in_flight.into_iter().map(usize::from).collect()
        };
        Ok(Settings {
            in_flight,
            rate: self.rate,
            overload: self.overload,
            warm_up: self.warm_up,
            lasts: self.seconds,
            repeat: self.repeat.into(),
            with_limit: !self.no_limit,
            clients: self.clients.into(),
            accounts: self.accounts as usize,
            grown: self.grown,
            active: self.active.map(|active| active as usize),
            keyed: self.keyed,
            mix: self.mix,
            deliver: self.deliver,
            endpoints: self.endpoints as usize,
            url: self.url,
            folder: self.folder,
            json: self.json,
            report: self.report,
        })
    }
}

pub(super) async fn run(verb: BenchVerb, config: &Config) -> Result<(), Failure> {
    let (what, options) = match verb {
        BenchVerb::All(options) => (What::All, options),
        BenchVerb::Actors(options) => (What::Actors, options),
        BenchVerb::Nats(options) => (What::Nats, options),
        BenchVerb::Callbacks(options) => (What::Callbacks, options),
        BenchVerb::Binding(options) => (What::Binding, options),
        BenchVerb::Ledger(options) => (What::Ledger, options),
        BenchVerb::Http(options) => (What::Http, options),
        BenchVerb::Limit(options) => (What::Limit, options),
        BenchVerb::Scale(options) => (What::Scale, options),
        BenchVerb::Client => return bench::client().await,
        BenchVerb::Node => return bench::node().await,
    };
    bench::run(what, options.settings()?, config).await
}
