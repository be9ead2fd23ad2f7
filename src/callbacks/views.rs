//! Endpoints and deliveries as JSON. Times are RFC 3339 in UTC, with milliseconds.

use super::time;
use purser_actors::ports::{AttemptRow, DeliveryRow, DeliveryState};
use purser_subjects::{
    EntityKind, Timestamp,
    callback::{
        DisableReason, DisabledView, EndpointKind, EndpointStatus, EndpointView, NoticeType,
        ReplayScope, ReplayView, SecretView,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A callback endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Endpoint {
    /// Its id.
    #[schema(example = "ep_4f1c0a9be21d77c35a60e8d2")]
    pub id: String,
    /// `registered`: by the merchant, signed as Standard Webhooks; `per_payment`: its URL came with a
    /// payment, and its notifications have the form of the payment's interface.
    pub kind: String,
    /// `enabled`, `disabled` (notifications are kept until it is enabled), or `removed`.
    pub status: String,
    /// Why it is disabled: `requested`, `gone` (the receiver answered 410), or `failing` (for days).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    /// Since when it is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub disabled_at: Option<String>,
    /// Where to. For one that came with a payment, without query.
    pub url: String,
    /// Which events are sent; none means all.
    #[schema(example = json!(["payment.*"]))]
    pub events: Vec<String>,
    /// Text for people.
    pub description: String,
    /// Seconds before each attempt, of which the first is 0; absent: the usual schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<u32>,
    /// Deliveries under way at once; absent: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
    /// Attempts in a minute; absent: without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<u32>,
    /// E-mail address that is told when the endpoint is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The secrets in force, newest first; the secrets themselves are not shown again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Deliveries that the receiver accepted.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub failed: u64,
    /// Attempts that failed since the last success.
    pub failures_in_a_row: u32,
    /// When a delivery was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub last_success_at: Option<String>,
    /// Since when nothing was accepted, if the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub failing_since: Option<String>,
    /// Until when deliveries pause because too many failed; past it one at a time is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub paused_until: Option<String>,
    /// The replay that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// When it was registered or first attempted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
}

/// A secret, without the secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    /// Since when it signs.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Until when it signs along; absent: it is the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// Its Ed25519 public key, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// A replay that runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// Those caused at this time or later.
    #[schema(format = DateTime)]
    pub from: String,
    /// Those caused at this time or before.
    #[schema(format = DateTime)]
    pub to: String,
    /// `failed` or `all`.
    pub scope: String,
    /// How many are queued so far.
    pub queued: u64,
}

/// An endpoint with its new secret, which is shown here and never again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// The secret: `whsec_` and base64 of the key of the HMAC.
    #[schema(example = "whsec_...")]
    pub secret: String,
    /// The Ed25519 public key, if asymmetric signatures were asked for: `whpk_` and base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// Endpoints in the order of ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct EndpointPage {
    /// The endpoints.
    pub data: Vec<Endpoint>,
    /// Ask again with this as `cursor`; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A delivery: one notification to one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id, the same for every attempt.
    pub id: Uuid,
    /// The endpoint.
    pub endpoint: String,
    /// `pending`, `held` (its endpoint is disabled or removed), `delivered`, or `failed` (given up).
    pub status: String,
    /// What it tells, for registered endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "payment.succeeded")]
    pub event: Option<String>,
    /// Form of body and signature: `standard`, or the payment's interface.
    pub format: String,
    /// What it is about.
    pub object: Object,
    /// Number among the notifications about the object, from 1.
    pub sequence: u32,
    /// Attempts made so far.
    pub attempts: u32,
    /// HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was caused.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
}

/// What a notification is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Object {
    /// `payment` or `endpoint`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A delivery with its attempts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// Its attempts, first one first; at most the last 100.
    pub log: Vec<Attempt>,
}

/// What one attempt sent and got.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// Where to.
    pub url: String,
    /// Headers sent.
    pub request_headers: Vec<Header>,
    /// Body sent.
    pub request_body: String,
    /// HTTP status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The first 16 KiB of the answer.
    pub answer: String,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A header.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Deliveries, newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries.
    pub data: Vec<Delivery>,
    /// Ask again with this as `cursor`; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A delivery that was queued.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Queued {
    /// Its id.
    pub delivery: Uuid,
}

fn told(at: Option<Timestamp>) -> Option<String> {
    at.map(time::text)
}

impl From<EndpointView> for Endpoint {
    fn from(view: EndpointView) -> Self {
        let kind = match view.kind {
            EndpointKind::PerPayment => "per_payment",
            EndpointKind::Registered => "registered",
        };
        let status = match view.status {
            EndpointStatus::Enabled => "enabled",
            EndpointStatus::Disabled => "disabled",
            EndpointStatus::Removed => "removed",
        };
        let settings = view.settings;
        Self {
            id: view.endpoint.to_string(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            disabled_reason: view.disabled.as_ref().map(|why| reason(why).to_owned()),
            disabled_at: view.disabled.map(|why| time::text(why.at)),
            url: view.url,
            events: view.events,
            description: view.description,
            schedule: settings.schedule,
            concurrency: Some(settings.concurrency).filter(|set| *set > 0),
            rate_per_minute: Some(settings.rate_per_minute).filter(|set| *set > 0),
            contact: Some(settings.contact).filter(|set| !set.is_empty()),
            secrets: view.secrets.into_iter().map(Secret::from).collect(),
            delivered: view.delivered,
            failed: view.given_up,
            failures_in_a_row: view.failures_in_a_row,
            last_success_at: told(view.last_success_at),
            failing_since: told(view.failing_since),
            paused_until: told(view.paused_until),
            replay: view.replay.map(Replay::from),
            created_at: told(view.created_at),
        }
    }
}

fn reason(disabled: &DisabledView) -> &'static str {
    match disabled.reason {
        DisableReason::Requested => "requested",
        DisableReason::Gone => "gone",
        DisableReason::Failing => "failing",
    }
}

impl From<SecretView> for Secret {
    fn from(view: SecretView) -> Self {
        let (created_at, until) = (time::text(view.created_at), told(view.until));
        Self { created_at, until, public_key: view.public_key }
    }
}

impl From<ReplayView> for Replay {
    fn from(view: ReplayView) -> Self {
        let scope = match view.scope {
            ReplayScope::Failed => "failed",
            ReplayScope::All => "all",
        };
        let (from, to) = (time::text(view.from), time::text(view.to));
        Self { from, to, scope: scope.to_owned(), queued: view.queued }
    }
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let status = match row.state {
            DeliveryState::Pending if row.is_held => "held",
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "failed",
        };
        let kind = match row.delivery.object.kind {
            EntityKind::Transaction => "payment",
            EntityKind::Callback => "endpoint",
            other => other.token(),
        };
        let object = Object { kind: kind.to_owned(), id: row.delivery.object.id.to_string() };
        let due = Some(row.delivery.due_at).filter(|_| status == "pending");
        Self {
            id: row.delivery.id,
            endpoint: row.delivery.endpoint.to_string(),
            status: status.to_owned(),
            event: row.delivery.event.map(NoticeType::as_str).map(str::to_owned),
            format: row.delivery.format,
            object,
            sequence: row.delivery.sequence,
            attempts: row.delivery.attempts,
            http_status: row.http_status,
            error: row.error,
            created_at: time::text(row.delivery.created_at),
            next_attempt_at: told(due),
        }
    }
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        let header = |(name, value)| Header { name, value };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            number: row.number,
            at: time::text(row.at),
            duration_ms: row.duration_ms,
            url: row.url,
            request_headers: row.request_headers.into_iter().map(header).collect(),
            request_body: text(&row.request_body),
            http_status: row.http_status,
            answer: text(&row.answer),
            error: row.error,
        }
    }
}
