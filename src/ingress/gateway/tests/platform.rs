//! A gateway in front of a core that approves everything: enough of it to see what the gateway asks
//! and how it tells the answer.

use super::{
    hostile::{Fixture, Got, Sent, md5},
    store::Logins,
};
use crate::{
    clock::jump::JumpClock,
    config::SnapConfig,
    ingress::{IngressState, gateway::AuthTokens, router_within},
    messenger::guard::Guard,
    vault::{MasterKey, Vault},
};
use async_trait::async_trait;
use axum::{Router, body::Body, http::Request};
use bytes::Bytes;
use purser_actors::{
    Client,
    ports::{Bus, BusError, Clock, Commands, Subscription},
};
use purser_subjects::{
    Address, Answer, EntityId, Envelope, ErrorCode, MerchantId, Money, Rejection, Subject,
    TransactionId, decode_command, encode,
    merchant::{Credential, Environment, MerchantProfile, MerchantStatus, MerchantTerms},
    transaction::{
        Authorise, OperationKind, OperationOutcome, OperationView, PaymentReply, PaymentStatus,
        PaymentView, TransactionCommand,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-11-20T12:00:00Z.
const NOW_MS: i64 = 1_795_176_000_000;
pub(super) const MEMBER: &str = "10001";
const OTHER: &str = "10002";
pub(super) const KEY: &str = "secure-key-of-the-first";
const OTHER_KEY: &str = "secure-key-of-the-second";

/// How the fake core treats commands.
#[derive(Clone, Debug, Default)]
pub(super) enum Mood {
    #[default]
    Approve,
    Refuse(Rejection),
    Unreachable(BusError),
    Hang,
    Panic,
}

#[derive(Default)]
pub(super) struct Core {
    profiles: HashMap<MerchantId, MerchantProfile>,
    payments: Mutex<HashMap<EntityId, PaymentView>>,
    answers: Mutex<HashMap<(EntityId, String), Remembered>>,
    pub(super) authorised: Mutex<Vec<Authorise>>,
    pub(super) mood: Mutex<Mood>,
}

/// Fingerprint and answer of the first command with a key.
type Remembered = (Vec<u8>, Bytes);

pub(super) struct Platform {
    pub(super) core: Arc<Core>,
    pub(super) logins: Arc<Logins>,
    pub(super) vault: Arc<Vault>,
    pub(super) client: Client,
    pub(super) tokens: AuthTokens,
    pub(super) clock: Arc<JumpClock>,
    pub(super) router: Router,
}

impl Platform {
    pub(super) fn new() -> Self {
        Self::with_limits(64, Duration::from_secs(30))
    }

    pub(super) fn with_limits(max_requests: usize, time_limit: Duration) -> Self {
        let vault = Arc::new(Vault::new(MasterKey::from_hex(&"07".repeat(32)).unwrap()));
        let mut core = Core::default();
        let mut logins = Logins::default();
        for (member, user, key) in [(MEMBER, "first", KEY), (OTHER, "second", OTHER_KEY)] {
            let profile = profile(&vault, member, user, key);
            logins.by_name.insert(user.to_owned(), profile.merchant.clone());
            core.profiles.insert(profile.merchant.clone(), profile);
        }
        let (core, logins) = (Arc::new(core), Arc::new(logins));
        let clock = Arc::new(JumpClock::at(NOW_MS));
        let client = Client::new(core.clone(), clock.clone(), 64, "test");
        let state = IngressState {
            client: client.clone(),
            store: logins.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            addresses: Arc::new(Guard::new(Vec::new())),
            max_requests,
            snap: SnapConfig::default(),
        };
        let tokens = AuthTokens::new(&vault);
        Self {
            core,
            logins,
            vault,
            client,
            tokens,
            clock,
            router: router_within(state, time_limit),
        }
    }

    pub(super) fn token(&self) -> String {
        self.tokens.issue("first", self.clock.now())
    }

    pub(super) fn set_mood(&self, mood: Mood) {
        *self.core.mood.lock().unwrap() = mood;
    }

    pub(super) async fn send(&self, sent: Sent) -> Got {
        let mut request = Request::builder().method(sent.method).uri(sent.path);
        for (name, value) in sent.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(sent.body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        Got {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec(),
        }
    }

    /// What hostile requests need: a payment of each member.
    pub(super) fn fixture(&self) -> Fixture {
        let now = self.clock.now();
        let payment = |member: &str| {
            let merchant: MerchantId = member.parse().unwrap();
            let id = TransactionId::derive(&merchant, "existing");
            let view = view(merchant, "existing", Money::new(1000, "EUR".parse().unwrap()));
            self.core.payments.lock().unwrap().insert(id.entity_id().clone(), view);
            id.to_string()
        };
        let past = purser_subjects::Timestamp::from_millis(now.as_millis() - 7_200_000);
        Fixture {
            member_id: MEMBER.to_owned(),
            partner_id: "77".to_owned(),
            username: "first".to_owned(),
            secure_key: KEY.to_owned(),
            token: self.token(),
            expired_token: self.tokens.issue("first", past),
            payment_id: payment(MEMBER),
            other_secure_key: OTHER_KEY.to_owned(),
            other_token: self.tokens.issue("second", now),
            other_payment_id: payment(OTHER),
        }
    }
}

/// The checksum of `rest` for the first member.
pub(super) fn checksum(rest: &str) -> String {
    md5(&format!("{MEMBER}|{KEY}|{rest}"))
}

fn profile(vault: &Vault, member: &str, user: &str, key: &str) -> MerchantProfile {
    let credential = Credential {
        scheme: "gateway".to_owned(),
        name: user.to_owned(),
        secret: vault.seal("credential", &format!("gateway:{user}"), key.as_bytes()),
        attributes: [("partnerId".to_owned(), "77".to_owned())].into(),
    };
    MerchantProfile {
        merchant: member.parse().unwrap(),
        name: user.to_owned(),
        environment: Environment::Sandbox,
        status: MerchantStatus::Active,
        credentials: vec![credential],
        terms: MerchantTerms::default(),
        created_at: purser_subjects::Timestamp::from_millis(0),
    }
}

fn view(merchant: MerchantId, reference: &str, amount: Money) -> PaymentView {
    let mut view = crate::ingress::gateway::render::tests::view(PaymentStatus::Authorised);
    view.payment = TransactionId::derive(&merchant, reference);
    (view.captured, view.refunded, view.capture) = (0, 0, false);
    PaymentView { merchant, reference: reference.to_owned(), amount, ..view }
}

#[async_trait]
impl Bus for Core {
    async fn ask(&self, subject: &Subject, message: Bytes, _: Duration) -> Result<Bytes, BusError> {
        let Subject::Ask(address) = subject else { unreachable!("{subject}") };
        if address.verb == "profile" {
            let id: MerchantId = address.entity.id.clone().into();
            return Ok(match self.profiles.get(&id) {
                Some(profile) => encode(&Answer::Ok(profile)).into(),
                None => error(Rejection::new(ErrorCode::NotFound, "no merchant")),
            });
        }
        let mood = self.mood.lock().unwrap().clone();
        match mood {
            Mood::Approve => Ok(self.approve(address, &message)),
            Mood::Refuse(rejection) => Ok(error(rejection)),
            Mood::Unreachable(error) => Err(error),
            Mood::Hang => std::future::pending().await,
            Mood::Panic => panic!("a fault in a handler"),
        }
    }

    async fn publish(&self, subject: &Subject, _: &str, _: Bytes) -> Result<(), BusError> {
        unreachable!("{subject}")
    }

    async fn tell(&self, subject: &Subject, _: Bytes) -> Result<(), BusError> {
        unreachable!("{subject}")
    }

    async fn subscribe(&self, pattern: &str, _: Option<&str>) -> Result<Subscription, BusError> {
        unreachable!("{pattern}")
    }

    async fn submit(&self, subject: &Subject, _: &str, _: Bytes) -> Result<(), BusError> {
        unreachable!("{subject}")
    }

    async fn commands(&self) -> Result<Commands, BusError> {
        unreachable!("nobody takes durable commands")
    }

    async fn close(&self) {}
}

impl Core {
    fn approve(&self, address: &Address, message: &[u8]) -> Bytes {
        let id = &address.entity.id;
        let envelope = decode_command::<TransactionCommand>(&address.verb, message).unwrap();
        let key = envelope.key.clone().map(|key| (id.clone(), key));
        let fingerprint = envelope.fingerprint.clone().unwrap_or_default().to_vec();
        if let Some((first, answer)) =
            key.as_ref().and_then(|key| self.answers.lock().unwrap().get(key).cloned())
        {
            return if first == fingerprint {
                answer
            } else {
                error(Rejection::new(ErrorCode::IdempotencyConflict, "another body"))
            };
        }
        let answer = match self.act(id, envelope) {
            Ok(answer) => answer,
            Err(rejection) => return error(rejection),
        };
        if let Some(key) = key {
            self.answers.lock().unwrap().insert(key, (fingerprint, answer.clone()));
        }
        answer
    }

    fn act(
        &self,
        id: &EntityId,
        envelope: Envelope<TransactionCommand>,
    ) -> Result<Bytes, Rejection> {
        let mut payments = self.payments.lock().unwrap();
        let (merchant, kind, amount) = match envelope.payload {
            TransactionCommand::Authorise(command) => {
                let mut view = view(command.merchant.clone(), &command.reference, command.amount);
                (view.details, view.card) = (command.details.clone(), command.card.clone());
                view.capture = command.capture;
                payments.insert(id.clone(), view);
                let (merchant, amount) = (command.merchant.clone(), command.amount);
                self.authorised.lock().unwrap().push(command);
                (merchant, OperationKind::Authorise, Some(amount))
            }
            TransactionCommand::Capture(c) => (c.merchant, OperationKind::Capture, c.amount),
            TransactionCommand::Void(c) => (c.merchant, OperationKind::Void, c.amount),
            TransactionCommand::Refund(c) => (c.merchant, OperationKind::Refund, c.amount),
            TransactionCommand::Inquire(c) => {
                let view = payments.get(id).filter(|view| view.merchant == c.merchant);
                let view = view.ok_or_else(|| Rejection::new(ErrorCode::Forbidden, "not yours"))?;
                return Ok(encode(&Answer::Ok(view)).into());
            }
            // Every outcome is known at once here.
            TransactionCommand::InquireOperation(_) => {
                return Err(Rejection::new(ErrorCode::NotFound, "nothing was open"));
            }
        };
        let view = payments.get_mut(id).filter(|view| view.merchant == merchant);
        let view = view.ok_or_else(|| Rejection::new(ErrorCode::NotFound, "no payment"))?;
        let amount = amount.unwrap_or(view.amount);
        if amount.minor > view.amount.minor - view.captured {
            return Err(Rejection::new(ErrorCode::AmountExceeded, "that much is not left"));
        }
        if kind == OperationKind::Capture {
            view.captured += amount.minor;
        }
        let operation = OperationView {
            id: Uuid::now_v7(),
            kind,
            amount,
            outcome: OperationOutcome::Approved,
            begun_at: view.created_at,
        };
        Ok(encode(&Answer::Ok(PaymentReply { payment: view.clone(), operation })).into())
    }
}

fn error(rejection: Rejection) -> Bytes {
    encode(&Answer::<()>::Error(rejection)).into()
}
