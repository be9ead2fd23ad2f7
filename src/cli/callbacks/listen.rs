//! `purser callbacks listen`: the options of the receiver kit.

use crate::{
    receiver::{EndpointKey, Faults, Keys, Settings},
    terminal::Failure,
};
use axum::http::StatusCode;
use clap::Args;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

const EXAMPLES: &str = "\
Examples:
  purser callbacks listen --port 9000 --secure-key KEY       the gateway's notificationUrl
  purser callbacks listen --port 9000 --secret whsec_...     a registered endpoint
  purser callbacks listen --port 9000 --fail 1               the first attempt of each one fails
  purser callbacks listen --port 9000 --status 429 --retry-after 20
  purser callbacks listen --port 9000 --hang                 never answers

A wrong signature is answered 401, anything else that is not told to fail 200. Ctrl-C ends it.";

/// Prints every notification, checks its signature, tells duplicates by their id and gaps in the numbers
/// of an object, and fails as it is told to.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ListenOptions {
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    port: u16,
    /// Address to listen on
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The merchant's secureKey, to check the gateway's checksum with
    #[arg(long, value_name = "KEY", env = "PURSER_SECURE_KEY", hide_env_values = true)]
    secure_key: Option<String>,
    /// An endpoint's secret (whsec_...) or public key (whpk_...); repeat it during a rotation
    #[arg(
        long,
        value_name = "KEY",
        env = "PURSER_ENDPOINT_SECRET",
        hide_env_values = true,
        value_delimiter = ' '
    )]
    secret: Vec<EndpointKey>,
    /// Let the first N attempts of every notification fail
    #[arg(long, value_name = "N")]
    fail: Option<u32>,
    /// Status of failures [default: 503]; without --fail of all answers
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<StatusCode>,
    /// Retry-After of failures, in seconds
    #[arg(long, value_name = "SECONDS")]
    retry_after: Option<u32>,
    /// Wait so many seconds before each answer, such as 0.5
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    delay: Duration,
    /// Never answer: all, or with --fail the first attempts
    #[arg(long)]
    hang: bool,
    /// Print one line of JSON for each notification
    #[arg(long)]
    json: bool,
    /// Leave bodies out
    #[arg(long)]
    quiet: bool,
}

fn status(text: &str) -> Result<StatusCode, String> {
    let status = text.parse::<u16>().ok().and_then(|number| StatusCode::from_u16(number).ok());
    status
        .filter(|status| status.as_u16() >= 200)
        .ok_or_else(|| "a status is 200 to 999".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let longest = Duration::from_secs(3600);
    seconds.filter(|s| *s <= longest).ok_or_else(|| "a delay has 0 to 3600 seconds".to_owned())
}

impl ListenOptions {
    /// What was typed, as settings of the kit.
    ///
    /// # Errors
    /// When what was typed contradicts itself.
    pub(super) fn settings(self) -> Result<Settings, Failure> {
        if self.quiet && self.json {
            return Err(Failure::cannot_begin("--quiet and --json exclude each other"));
        }
        Ok(Settings {
            address: SocketAddr::new(self.host, self.port),
            keys: Keys { secure_key: self.secure_key.map(Into::into), endpoint: self.secret },
            faults: Faults {
                fail: self.fail,
                status: self.status,
                retry_after: self.retry_after,
                delay: self.delay,
                hang: self.hang,
            },
            json: self.json,
            quiet: self.quiet,
        })
    }
}
