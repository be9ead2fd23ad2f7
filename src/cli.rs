//! The command line: verbs, options, exit codes. What the verbs do lives beside this module.

mod actors;
mod bench;
mod callbacks;
mod mails;
mod merchant;
mod migrate;
mod nats;
mod nats_options;
mod options;
mod percent;
mod smtp_options;
mod snap;
mod table;
mod version;

pub use actors::ActorsVerb;
pub use bench::{BenchOptions, BenchVerb};
pub use callbacks::{CallbacksVerb, DeliveryOptions, ListenOptions, StatusName};
pub use mails::MailOptions;
pub use merchant::{ApiKeyVerb, EnvironmentName, MerchantVerb};
pub use nats::NatsVerb;
pub use options::{Options, ServeOptions};
pub use snap::SnapVerb;

use crate::{
    acquirers::sandbox::test_cards_table,
    config::Config,
    issuers::sandbox::issuer_table,
    telemetry,
    terminal::{Failure, print},
};
use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  purser serve                                    SQLite in ./purser-data, nothing to install
  purser serve --database-url postgres://localhost/purser --listen 0.0.0.0:8080
  purser serve --database-url postgres://db/purser --nats-url nats://a,nats://b,nats://c
  purser merchant create --name 'Corner shop' --fee-percent 2.9 --fee-fixed 0.30EUR
  purser callbacks listen --port 9000             receive notifications while you develop
  purser verify                                   replay everything, also while `serve` runs

Environment:
  PURSER_MASTER_KEY   64 hex digits; without it the file master.key in the data folder.
                      Secrets and cards cannot be read without it: keep a copy.
  PURSER_CONNECTOR_KEY_<NAME>
                      64 hex digits; the key shared with the connector <name> (capitals and _ in
                      the variable stand for small letters and - in the name)
  PURSER_CONFIG, PURSER_DATA_DIR, PURSER_DATABASE_URL, PURSER_NATS_URL, PURSER_NATS_PASSWORD,
  PURSER_LISTEN, PURSER_ROLES, PURSER_NODE_NAME, PURSER_SMTP_URL, PURSER_SMTP_FROM, PURSER_LOG, PURSER_LOG_FORMAT and so on
                      as the options of these names; an option wins over its variable,
                      a variable over purser.toml. Empty ones count as not set.

Exit status:
  0  done
  1  refused or failed; `verify` found a difference
  2  could not begin: usage, configuration, a data folder in use, a wrong key, no store";

/// What `serve` logs. The NATS client repeats what Purser itself tells of the connection.
const SERVE_LOG: &str = "info,async_nats=warn";

/// Purser takes card payments, keeps the books, and notifies merchants.
#[derive(Debug, Parser)]
#[command(name = "purser", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What `purser` can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the platform
    ///
    /// Prints one line, `listening on http://ADDRESS`, to standard output when it is ready; everything
    /// else goes to standard error. The first start makes the data folder with its master key and a
    /// sandbox merchant, writes the merchant's credentials to sandbox.json there, and shows commands
    /// that make a payment. SIGTERM and SIGINT stop it within 10 seconds; a second one at once.
    #[command(after_long_help = format!(
        "See `purser --help` for PURSER_MASTER_KEY and exit codes.\n\nTest cards of the sandbox:\n{}",
        test_cards_table()
    ))]
    Serve(ServeOptions),
    /// Create and manage merchants
    #[command(subcommand)]
    Merchant(MerchantVerb),
    /// Bring the database to this version's schema
    ///
    /// `serve` does it too; run it before, where the server's user may not change tables.
    Migrate,
    /// Replay postings, balances, states and hash chain, and report the first difference
    ///
    /// Reads one consistent snapshot, also while `serve` runs. Ends with 0 when all is well, 1 at the
    /// first difference, and 2 when it cannot run.
    Verify,
    /// See and release actors that failed too often
    #[command(subcommand)]
    Actors(ActorsVerb),
    /// See and steer notifications to merchants, and receive some
    #[command(subcommand)]
    Callbacks(CallbacksVerb),
    /// See e-mails to people, and what became of them
    Mails(MailOptions),
    /// See what travels over the broker
    #[command(subcommand)]
    Nats(NatsVerb),
    /// Sign requests to the SNAP interface, to debug a client
    #[command(subcommand)]
    Snap(SnapVerb),
    /// Put a node under load, and see how fast it is and how far from the machine's limit
    #[command(subcommand)]
    Bench(BenchVerb),
    /// Show the sandbox's test cards, and the one-time codes that bind them
    Cards,
    /// Show the version
    Version,
}

fn sandbox_tables() -> String {
    format!("{}\nBound to a customer (card bindings):\n\n{}", test_cards_table(), issuer_table())
}

impl Cli {
    /// The settings in force.
    ///
    /// # Errors
    /// When the configuration file cannot be used.
    pub fn config(&self) -> Result<Config, Failure> {
        match &self.verb {
            Verb::Serve(serve) => self.options.load(serve),
            _ => self.options.load(&ServeOptions::default()),
        }
    }

    /// Does what the command line asks for.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.config()?;
        let default_log = if matches!(self.verb, Verb::Serve(_)) { SERVE_LOG } else { "warn" };
        telemetry::start_log(&config, default_log).map_err(Failure::cannot_begin)?;
        match self.verb {
            Verb::Serve(_) => crate::serve::run(&config).await,
            Verb::Merchant(verb) => merchant::run(verb, &config).await,
            Verb::Migrate => migrate::run(&config).await,
            Verb::Verify => crate::verify::run(&config).await,
            Verb::Actors(verb) => actors::run(verb, &config).await,
            Verb::Callbacks(verb) => callbacks::run(verb, &config).await,
            Verb::Mails(options) => mails::run(options, &config).await,
            Verb::Nats(verb) => nats::run(verb, &config).await,
            Verb::Snap(verb) => snap::run(verb),
            Verb::Bench(verb) => bench::run(verb, &config).await,
            Verb::Cards => print(sandbox_tables()),
            Verb::Version => print(version::text()),
        }
    }
}
