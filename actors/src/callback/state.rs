//! What an endpoint remembers. Its deliveries are rows, not state: there may be very many.

use super::Breaker;
use purser_subjects::{
    EndpointId, EntityId, MerchantId, Timestamp,
    callback::{
        CallbackEvent, DisableReason, DisabledView, EndpointKind, EndpointSecret, EndpointSettings,
        EndpointStatus, EndpointView, ReplayScope, ReplayView, SecretView,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of an endpoint. Stored states decode for ever (`tests/states.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackState {
    /// Deliveries that the receiver accepted.
    #[serde(default)]
    pub delivered: u64,
    /// Deliveries that were given up.
    #[serde(default)]
    pub given_up: u64,
    /// Attempts that failed since the last success.
    #[serde(default)]
    pub failures_in_a_row: u32,
    /// When a delivery was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Timestamp>,
    /// Since when nothing was accepted, if the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Whether deliveries pause because too many failed.
    #[serde(default, skip_serializing_if = "Breaker::is_new")]
    pub breaker: Breaker,
    /// Number of the last notice about the endpoint.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub notices: u32,
    /// What is known of the endpoint from its registration or first attempt on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// The replay that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// An endpoint that is registered or was attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// How it came about.
    pub kind: EndpointKind,
    /// Where to; without query for one that came with a payment.
    pub url: String,
    /// Which notices are wanted; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How deliveries go, where not as usual.
    #[serde(default, skip_serializing_if = "EndpointSettings::is_usual")]
    pub settings: EndpointSettings,
    /// Secrets, newest first; those that have run out go with the next rotation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Whether deliveries go to it.
    #[serde(default)]
    pub status: EndpointStatus,
    /// Why and since when it is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// When it was registered or first attempted.
    pub created_at: Timestamp,
}

/// A secret and when it signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The secret.
    pub secret: EndpointSecret,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; absent: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Why and since when an endpoint is disabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Why.
    pub reason: DisableReason,
    /// Since when.
    pub at: Timestamp,
}

/// A replay that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Its id.
    pub id: Uuid,
    /// Those caused at this time or later.
    pub from: Timestamp,
    /// Those caused at this time or before.
    pub to: Timestamp,
    /// Which of them.
    pub scope: ReplayScope,
    /// The last delivery that was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<(Timestamp, Uuid)>,
    /// How many are queued so far.
    pub queued: u64,
    /// When it last went on.
    pub at: Timestamp,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Endpoint {
    /// The secrets that sign at `now`, newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(move |secret| secret.until.is_none_or(|until| now < until))
    }
}

impl CallbackState {
    /// The endpoint as others see it at `now`.
    pub fn view(&self, id: &EntityId, now: Timestamp) -> EndpointView {
        let endpoint = self.endpoint.as_ref();
        let text = |of: fn(&Endpoint) -> &String| endpoint.map(of).cloned().unwrap_or_default();
        let secrets = endpoint.into_iter().flat_map(|endpoint| endpoint.secrets_at(now));
        EndpointView {
            endpoint: EndpointId::from(id.clone()),
            delivered: self.delivered,
            given_up: self.given_up,
            failures_in_a_row: self.failures_in_a_row,
            last_success_at: self.last_success_at,
            merchant: endpoint.map(|endpoint| endpoint.merchant.clone()),
            kind: endpoint.map(|endpoint| endpoint.kind).unwrap_or_default(),
            status: endpoint.map(|endpoint| endpoint.status).unwrap_or_default(),
            disabled: endpoint.and_then(|endpoint| {
                let Disabled { reason, at } = endpoint.disabled.clone()?;
                Some(DisabledView { reason, at })
            }),
            url: text(|endpoint| &endpoint.url),
            events: endpoint.map(|endpoint| endpoint.events.clone()).unwrap_or_default(),
            description: text(|endpoint| &endpoint.description),
            settings: endpoint.map(|endpoint| endpoint.settings.clone()).unwrap_or_default(),
            secrets: secrets.map(Secret::view).collect(),
            paused_until: self.breaker.open.as_ref().map(|open| open.until),
            failing_since: self.failing_since,
            replay: self.replay.as_ref().map(Replay::view),
            created_at: endpoint.map(|endpoint| endpoint.created_at),
        }
    }

    /// Makes the state one event older.
    pub fn apply(&mut self, event: &CallbackEvent) {
        match event {
            CallbackEvent::Delivered(delivered) => {
                self.delivered += 1;
                self.failures_in_a_row = 0;
                self.last_success_at = Some(delivered.report.at);
                self.failing_since = None;
                self.breaker.recent = delivered.report.recent;
            }
            CallbackEvent::AttemptFailed(failed) => {
                self.failed(failed.report.recent, failed.failing_since);
            }
            CallbackEvent::GivenUp(given_up) => {
                self.failed(given_up.report.recent, given_up.failing_since);
                self.given_up += 1;
            }
            CallbackEvent::BreakerOpened(opened) => self.breaker.open(opened.until),
            CallbackEvent::BreakerClosed(_) => self.breaker = Breaker::default(),
            CallbackEvent::TestQueued(queued) => self.notices = queued.sequence,
            CallbackEvent::DeliveryResent(_) => {}
            CallbackEvent::ReplayBegun(begun) => {
                self.replay = Some(Replay {
                    id: begun.replay,
                    from: begun.from,
                    to: begun.to,
                    scope: begun.scope,
                    after: None,
                    queued: 0,
                    at: begun.at,
                });
            }
            CallbackEvent::ReplayAdvanced(advanced) => {
                if let Some(replay) = &mut self.replay {
                    replay.after = Some((advanced.created_at, advanced.delivery));
                    replay.queued += u64::from(advanced.queued);
                    replay.at = advanced.at;
                }
            }
            CallbackEvent::ReplayEnded(_) => self.replay = None,
            CallbackEvent::EndpointDisabled(disabled) => {
                self.notices = disabled.notice.unwrap_or(self.notices);
                self.set_status(EndpointStatus::Disabled);
                if let Some(endpoint) = &mut self.endpoint {
                    endpoint.disabled = Some(Disabled { reason: disabled.reason, at: disabled.at });
                }
            }
            CallbackEvent::EndpointEnabled(_) => {
                self.set_status(EndpointStatus::Enabled);
                self.failing_since = None;
                self.breaker = Breaker::default();
            }
            CallbackEvent::EndpointRemoved(_) => {
                self.set_status(EndpointStatus::Removed);
                self.replay = None;
                if let Some(endpoint) = &mut self.endpoint {
                    endpoint.secrets.clear();
                }
            }
            CallbackEvent::EndpointRegistered(_)
            | CallbackEvent::EndpointSeen(_)
            | CallbackEvent::EndpointChanged(_)
            | CallbackEvent::SecretRotated(_) => self.configure(event),
        }
    }

    fn failed(&mut self, recent: u32, failing_since: Option<Timestamp>) {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.failing_since = failing_since;
        self.breaker.recent = recent;
    }

    fn set_status(&mut self, status: EndpointStatus) {
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.status = status;
            endpoint.disabled = None;
        }
    }

    fn configure(&mut self, event: &CallbackEvent) {
        match (event, &mut self.endpoint) {
            (CallbackEvent::EndpointRegistered(registered), _) => {
                let secret = registered.secret.clone();
                self.endpoint = Some(Endpoint {
                    merchant: registered.merchant.clone(),
                    kind: EndpointKind::Registered,
                    url: registered.url.clone(),
                    events: registered.events.clone(),
                    description: registered.description.clone(),
                    settings: registered.settings.clone(),
                    secrets: vec![Secret { secret, created_at: registered.at, until: None }],
                    status: EndpointStatus::Enabled,
                    disabled: None,
                    created_at: registered.at,
                });
            }
            (CallbackEvent::EndpointSeen(seen), _) => {
                self.endpoint = Some(Endpoint {
                    merchant: seen.merchant.clone(),
                    kind: EndpointKind::PerPayment,
                    url: seen.url.clone(),
                    events: Vec::new(),
                    description: String::new(),
                    settings: EndpointSettings::default(),
                    secrets: Vec::new(),
                    status: EndpointStatus::Enabled,
                    disabled: None,
                    created_at: seen.at,
                });
            }
            (CallbackEvent::EndpointChanged(changed), Some(endpoint)) => {
                endpoint.url.clone_from(&changed.url);
                endpoint.events.clone_from(&changed.events);
                endpoint.description.clone_from(&changed.description);
                endpoint.settings.clone_from(&changed.settings);
            }
            (CallbackEvent::SecretRotated(rotated), Some(endpoint)) => {
                endpoint.secrets.retain(|secret| secret.until.is_none_or(|at| rotated.at < at));
                for secret in &mut endpoint.secrets {
                    secret.until =
                        Some(secret.until.map_or(rotated.until, |at| at.min(rotated.until)));
                }
                let secret = rotated.secret.clone();
                endpoint.secrets.insert(0, Secret { secret, created_at: rotated.at, until: None });
            }
            _ => {}
        }
    }
}

impl Secret {
    fn view(&self) -> SecretView {
        let key = self.secret.ed25519.as_ref();
        SecretView {
            created_at: self.created_at,
            until: self.until,
            public_key: key.map(|key| key.public.clone()),
        }
    }
}

impl Replay {
    fn view(&self) -> ReplayView {
        ReplayView { from: self.from, to: self.to, scope: self.scope, queued: self.queued }
    }
}
