//! Bodies of requests, and their rules. The core has the last word; what is checked here is told by the
//! name of the field.

use super::{codes, refusal::Refusal};
use crate::callbacks::time;
use purser_subjects::{
    MerchantId, Timestamp,
    callback::{
        ChangeEndpoint, EndpointSecret, EndpointSettings, NoticeType, RegisterEndpoint,
        ReplayDeliveries, ReplayScope,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MAX_URL: usize = 2048;
const MAX_EVENTS: usize = 50;
const MAX_DESCRIPTION: usize = 500;
const MAX_CONTACT: usize = 254;
const MAX_ATTEMPTS: usize = 50;
const MAX_PAUSE_S: u32 = 7 * 86_400;
const MAX_CONCURRENCY: u16 = 64;
const MAX_RATE: u32 = 600_000;
const MAX_OVERLAP_S: u32 = 7 * 86_400;

/// An endpoint to register.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    /// Where to: http or https, without user name, at most 2,048 bytes.
    #[schema(example = "https://shop.example/purser")]
    url: String,
    /// Which events are wanted: up to 50 names such as `payment.succeeded` or `payment.*`; none means all.
    #[serde(default)]
    #[schema(example = json!(["payment.*"]))]
    events: Vec<String>,
    /// Text for people, at most 500 bytes.
    #[serde(default)]
    description: String,
    /// Whether to sign with Ed25519 (`v1a`) too.
    #[serde(default)]
    pub(crate) asymmetric: bool,
    /// Seconds before each attempt: up to 50, the first 0, none above 604,800; absent: as usual.
    #[serde(default)]
    schedule: Vec<u32>,
    /// Deliveries under way at once, 1 to 64; absent: 8.
    #[serde(default)]
    concurrency: u16,
    /// Attempts in a minute, 1 to 600,000; absent: without limit.
    #[serde(default)]
    rate_per_minute: u32,
    /// E-mail address that is told when the endpoint is disabled.
    #[serde(default)]
    contact: String,
}

impl NewEndpoint {
    /// Where to.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_url(&self.url)?;
        check_events(&self.events)?;
        check_text("description", &self.description, MAX_DESCRIPTION)?;
        check_schedule(&self.schedule)?;
        check_number("concurrency", self.concurrency.into(), MAX_CONCURRENCY.into())?;
        check_number("rate_per_minute", self.rate_per_minute, MAX_RATE)?;
        check_contact(&self.contact)
    }

    pub(crate) fn register(self, merchant: MerchantId, secret: EndpointSecret) -> RegisterEndpoint {
        RegisterEndpoint {
            merchant,
            url: self.url,
            events: self.events,
            description: self.description,
            secret,
            settings: EndpointSettings {
                schedule: self.schedule,
                concurrency: self.concurrency,
                rate_per_minute: self.rate_per_minute,
                contact: self.contact,
            },
        }
    }
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointChange {
    /// Where to.
    url: Option<String>,
    /// Which events are wanted from now on; an empty list means all.
    events: Option<Vec<String>>,
    /// Text for people.
    description: Option<String>,
    /// Seconds before each attempt; an empty list brings the usual ones back.
    schedule: Option<Vec<u32>>,
    /// Deliveries under way at once; 0 brings the usual number back.
    concurrency: Option<u16>,
    /// Attempts in a minute; 0 means without limit.
    rate_per_minute: Option<u32>,
    /// E-mail address; an empty text means nobody is told.
    contact: Option<String>,
}

impl EndpointChange {
    /// Where to from now on.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.url.as_deref().map_or(Ok(()), check_url)?;
        self.events.as_deref().map_or(Ok(()), check_events)?;
        let description = self.description.as_deref().unwrap_or_default();
        check_text("description", description, MAX_DESCRIPTION)?;
        self.schedule.as_deref().map_or(Ok(()), check_schedule)?;
        let concurrency = self.concurrency.unwrap_or_default();
        check_number("concurrency", concurrency.into(), MAX_CONCURRENCY.into())?;
        check_number("rate_per_minute", self.rate_per_minute.unwrap_or_default(), MAX_RATE)?;
        check_contact(self.contact.as_deref().unwrap_or_default())
    }

    pub(crate) fn command(self, merchant: MerchantId) -> ChangeEndpoint {
        ChangeEndpoint {
            merchant: Some(merchant),
            url: self.url,
            events: self.events,
            description: self.description,
            schedule: self.schedule,
            concurrency: self.concurrency,
            rate_per_minute: self.rate_per_minute,
            contact: self.contact,
        }
    }
}

/// How a secret is rotated.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For how long the old secret signs along, at most 604,800 (seven days); a day if absent.
    pub(crate) overlap_seconds: Option<u32>,
    /// Whether to sign with Ed25519 (`v1a`) too; as before if absent.
    pub(crate) asymmetric: Option<bool>,
}

impl Rotation {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_number("overlap_seconds", self.overlap_seconds.unwrap_or_default(), MAX_OVERLAP_S)
    }
}

/// A request that says nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Which deliveries to send again.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Those that were given up.
    #[default]
    Failed,
    /// Those that were given up and those that arrived.
    All,
}

/// What to send again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// What was caused at this time or later; needed for the scope `all`.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// What was caused at this time or before; if absent, until now.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// `failed` if absent.
    #[serde(default)]
    scope: Scope,
}

impl ReplayRequest {
    pub(crate) fn command(
        &self,
        merchant: MerchantId,
        now: Timestamp,
    ) -> Result<ReplayDeliveries, Refusal> {
        let read = |field: &str, text: &Option<String>| {
            let text = text.as_deref();
            let fault = || Refusal::invalid(field, time::RULE);
            text.map(|text| time::read(text).ok_or_else(fault)).transpose()
        };
        let (from, to) = (read("from", &self.from)?, read("to", &self.to)?.unwrap_or(now));
        let scope = match self.scope {
            Scope::Failed => ReplayScope::Failed,
            Scope::All if from.is_none() => {
                return Err(Refusal::of(
                    codes::MISSING,
                    "from",
                    "Say from when to send all again.",
                ));
            }
            Scope::All => ReplayScope::All,
        };
        let from = from.unwrap_or_default();
        if from > to || to > now {
            return Err(Refusal::invalid("to", "It is not before `from` and not in the future."));
        }
        Ok(ReplayDeliveries { merchant: Some(merchant), from, to, scope })
    }
}

/// Scheme, host and address are looked at where notifications go out from.
fn check_url(url: &str) -> Result<(), Refusal> {
    if url.len() > MAX_URL {
        return Err(Refusal::invalid("url", "A URL has at most 2048 bytes."));
    }
    Ok(())
}

fn check_events(events: &[String]) -> Result<(), Refusal> {
    if events.len() > MAX_EVENTS {
        return Err(Refusal::invalid("events", "A filter has at most 50 names."));
    }
    for (place, event) in events.iter().enumerate() {
        if !NoticeType::is_filter(event) {
            let rule = "The name of an event, or a group of them such as payment.*.";
            return Err(Refusal::invalid(&format!("events[{place}]"), rule));
        }
    }
    Ok(())
}

fn check_schedule(schedule: &[u32]) -> Result<(), Refusal> {
    let fits = schedule.first().is_none_or(|first| *first == 0)
        && schedule.len() <= MAX_ATTEMPTS
        && schedule.iter().all(|pause| *pause <= MAX_PAUSE_S);
    if !fits {
        let rule = "Up to 50 pauses, the first 0, none above 604800 seconds.";
        return Err(Refusal::invalid("schedule", rule));
    }
    Ok(())
}

fn check_text(field: &str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.len() > most || text.chars().any(char::is_control) {
        return Err(Refusal::invalid(field, format!("At most {most} bytes of printable text.")));
    }
    Ok(())
}

fn check_contact(contact: &str) -> Result<(), Refusal> {
    check_text("contact", contact, MAX_CONTACT)?;
    let is_address = |(name, host): (&str, &str)| !name.is_empty() && host.contains('.');
    let fits = contact.split_once('@').is_some_and(is_address) && !contact.contains(' ');
    if contact.is_empty() || fits {
        return Ok(());
    }
    Err(Refusal::invalid("contact", "An e-mail address."))
}

fn check_number(field: &str, number: u32, most: u32) -> Result<(), Refusal> {
    if number > most {
        return Err(Refusal::invalid(field, format!("At most {most}.")));
    }
    Ok(())
}
