//! `purser callbacks`.

mod listen;
mod render;

pub use listen::ListenOptions;

use super::merchant::{json, refused};
use crate::{
    admin::{AdminAccess, EndpointFilter, SecretRotation},
    callbacks::{
        DeliveryFilter, time,
        views::{Delivery, Endpoint},
    },
    clock::SystemClock,
    config::Config,
    terminal::{Failure, print},
};
use clap::{Args, Subcommand, ValueEnum};
use purser_actors::ports::Clock;
use purser_subjects::{
    EndpointId, ErrorCode, MerchantId, Rejection, Timestamp,
    callback::{ReplayDeliveries, ReplayScope},
};
use serde::Serialize;
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  purser callbacks deliveries --status failed                what was given up
  purser callbacks show 0197f0a3-b1c2-7d3e-8f00-112233445566 its attempts, with request and answer
  purser callbacks replay ep_4f1c0a9be21d77c35a60e8d2        send again what was given up
  purser callbacks replay ep_4f1c0a9be21d77c35a60e8d2 --all --from 2026-01-05T10:00:00Z
  purser callbacks listen --port 9000 --secret whsec_...     receive some

All but `listen` work with a running server and without one.";

/// See and steer notifications to merchants, and receive some.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum CallbacksVerb {
    /// List endpoints with what becomes of their deliveries
    Endpoints {
        /// Only those of this merchant
        #[arg(long)]
        merchant: Option<MerchantId>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List deliveries, newest first
    Deliveries(DeliveryOptions),
    /// Show a delivery with its attempts, or an endpoint
    Show {
        /// Id of the delivery or the endpoint
        id: EndpointId,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Send one notification again, whatever became of it; one that waits is sent at once
    Resend {
        /// Id of the delivery
        delivery: Uuid,
    },
    /// Send again what was given up, or all of a window of time
    Replay {
        /// Id of the endpoint
        endpoint: EndpointId,
        /// Only what was caused at this time or later, such as 2026-01-05T10:00:00Z
        #[arg(long, value_name = "TIME", value_parser = moment, required_if_eq("all", "true"))]
        from: Option<Timestamp>,
        /// Only what was caused at this time or before [default: now]
        #[arg(long, value_name = "TIME", value_parser = moment)]
        to: Option<Timestamp>,
        /// Also what arrived
        #[arg(long)]
        all: bool,
    },
    /// Bring a new secret into force and show it, once; the old one signs along for a while
    RotateSecret {
        /// Id of the endpoint
        endpoint: EndpointId,
        /// For how many hours the old one signs along
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=168))]
        overlap_hours: u32,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Let deliveries go on, those that were kept first
    Enable {
        /// Id of the endpoint
        endpoint: EndpointId,
    },
    /// Hold deliveries back; they are kept
    Disable {
        /// Id of the endpoint
        endpoint: EndpointId,
    },
    /// Send a test notification
    Test {
        /// Id of the endpoint
        endpoint: EndpointId,
    },
    /// Receive notifications: for developers of merchants
    Listen(ListenOptions),
}

/// Which deliveries are listed.
#[derive(Clone, Debug, Args)]
pub struct DeliveryOptions {
    /// Only those of this merchant
    #[arg(long)]
    merchant: Option<MerchantId>,
    /// Only those to this endpoint
    #[arg(long)]
    endpoint: Option<EndpointId>,
    /// Only those about this payment, by its id
    #[arg(long, value_name = "ID")]
    payment: Option<EndpointId>,
    /// Only those in this state
    #[arg(long, value_enum)]
    status: Option<StatusName>,
    /// Only those that tell this, such as payment.succeeded
    #[arg(long)]
    event: Option<String>,
    /// Only those caused at this time or later, such as 2026-01-05T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Only those caused at this time or before
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// States of deliveries as they are typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StatusName {
    /// Not delivered yet, those held back too
    Pending,
    /// The receiver has it
    Delivered,
    /// Given up
    Failed,
}

impl StatusName {
    fn text(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    time::read(text).ok_or(time::RULE)
}

pub(super) async fn run(verb: CallbacksVerb, config: &Config) -> Result<(), Failure> {
    if let CallbacksVerb::Listen(options) = verb {
        return crate::receiver::run(options.settings()?).await;
    }
    let admin = AdminAccess::open(config).await?;
    let outcome = act(verb, &admin).await;
    admin.close().await;
    outcome.and_then(print)
}

async fn act(verb: CallbacksVerb, admin: &AdminAccess) -> Result<String, Failure> {
    let shown = |endpoint: Endpoint| render::endpoint(&endpoint);
    match verb {
        CallbacksVerb::Endpoints { merchant, json: as_json } => {
            let endpoints = endpoints(admin, merchant).await.map_err(refused)?;
            if as_json { json(&endpoints) } else { Ok(render::endpoints(&endpoints)) }
        }
        CallbacksVerb::Deliveries(options) => {
            let as_json = options.json;
            let deliveries = deliveries(admin, options).await.map_err(refused)?;
            if as_json { json(&deliveries) } else { Ok(render::deliveries(&deliveries)) }
        }
        CallbacksVerb::Show { id, json: as_json } => show(admin, &id, as_json).await,
        CallbacksVerb::Resend { delivery } => {
            let queued = admin.resend(delivery).await.map_err(refused)?;
            Ok(format!("Queued {}.", queued.delivery))
        }
        CallbacksVerb::Replay { endpoint, from, to, all } => {
            let (from, to) =
                (from.unwrap_or_default(), to.unwrap_or_else(|| SystemClock::new().now()));
            let scope = if all { ReplayScope::All } else { ReplayScope::Failed };
            let replay = ReplayDeliveries { merchant: None, from, to, scope };
            admin.replay(&endpoint, &replay).await.map(shown).map_err(refused)
        }
        CallbacksVerb::RotateSecret { endpoint, overlap_hours, json: as_json } => {
            let rotation = SecretRotation { overlap_s: Some(overlap_hours * 3600) };
            let rotated = admin.rotate_secret(&endpoint, rotation).await.map_err(refused)?;
            if as_json { json(&rotated) } else { Ok(render::rotated(&rotated)) }
        }
        CallbacksVerb::Enable { endpoint } => {
            admin.enable_endpoint(&endpoint).await.map(shown).map_err(refused)
        }
        CallbacksVerb::Disable { endpoint } => {
            admin.disable_endpoint(&endpoint).await.map(shown).map_err(refused)
        }
        CallbacksVerb::Test { endpoint } => {
            let queued = admin.test_endpoint(&endpoint).await.map_err(refused)?;
            Ok(format!("Queued {}; see `purser callbacks show {0}`.", queued.delivery))
        }
        CallbacksVerb::Listen(_) => unreachable!("it needs no node"),
    }
}

/// Ids of deliveries and of endpoints that came with a payment look alike.
async fn show(admin: &AdminAccess, id: &EndpointId, as_json: bool) -> Result<String, Failure> {
    fn told<T: Serialize>(
        value: &T,
        as_json: bool,
        text: impl FnOnce(&T) -> String,
    ) -> Result<String, Failure> {
        if as_json { json(value) } else { Ok(text(value)) }
    }
    if let Ok(delivery) = Uuid::try_parse(id.as_str()) {
        match admin.delivery(delivery).await {
            Ok(found) => return told(&found, as_json, render::delivery),
            Err(missing) if missing.code == ErrorCode::NotFound => {}
            Err(rejection) => return Err(refused(rejection)),
        }
    }
    let found = admin.endpoint(id).await.map_err(refused)?;
    told(&found, as_json, render::endpoint)
}

async fn endpoints(
    admin: &AdminAccess,
    merchant: Option<MerchantId>,
) -> Result<Vec<Endpoint>, Rejection> {
    let mut filter = EndpointFilter { merchant, cursor: None };
    let mut endpoints = Vec::new();
    loop {
        let page = admin.endpoints(&filter).await?;
        endpoints.extend(page.data);
        filter.cursor = page.next_cursor.and_then(|id| id.parse().ok());
        if filter.cursor.is_none() {
            return Ok(endpoints);
        }
    }
}

async fn deliveries(
    admin: &AdminAccess,
    options: DeliveryOptions,
) -> Result<Vec<Delivery>, Rejection> {
    let mut filter = DeliveryFilter {
        merchant: options.merchant.map(|id| id.to_string()),
        endpoint: options.endpoint.map(|id| id.to_string()),
        payment: options.payment.map(|id| id.to_string()),
        status: options.status.map(|status| status.text().to_owned()),
        event: options.event,
        from: options.from.map(time::text),
        to: options.to.map(time::text),
        cursor: None,
    };
    let mut deliveries = Vec::new();
    loop {
        let page = admin.deliveries(&filter).await?;
        deliveries.extend(page.data);
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() || deliveries.len() >= options.limit {
            deliveries.truncate(options.limit);
            return Ok(deliveries);
        }
    }
}
