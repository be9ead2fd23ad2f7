//! `purser nats`.

mod readable;
mod subjects;
mod tail;

use crate::{config::Config, terminal::Failure};
use clap::Subcommand;

const TAIL_EXAMPLES: &str = "\
Examples:
  purser nats tail                                        every event
  purser nats tail --subject 'purser.evt.account.alice.>'
  purser nats tail --subject 'purser.dead.>' --json
";

/// See what travels over the broker.
#[derive(Debug, Subcommand)]
pub enum NatsVerb {
    /// Show every subject, verb and event there is
    Subjects {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Follow messages as they are sent, decoded, until Ctrl-C
    ///
    /// Needs --nats-url. Shows what is sent from now on; what was sent before is in the streams. Sealed
    /// bytes are only counted.
    #[command(after_help = TAIL_EXAMPLES)]
    Tail {
        /// Subjects, with * for one token and > for the rest; begins with purser, whatever the prefix
        #[arg(long, value_name = "PATTERN", default_value = "purser.evt.>")]
        subject: String,
        /// One JSON object a line, with the whole envelope
        #[arg(long)]
        json: bool,
        /// End after so many messages
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
    },
}

pub(super) async fn run(verb: NatsVerb, config: &Config) -> Result<(), Failure> {
    match verb {
        NatsVerb::Subjects { json } => subjects::run(json),
        NatsVerb::Tail { subject, json, count } => {
            tail::run(config, &subject, json, count.unwrap_or(u64::MAX)).await
        }
    }
}
