//! Who sends a request, and that it is really theirs.

mod client;
mod notes;

pub(crate) use client::Client;
pub use client::{CLIENT_SCHEME, PARTNER_SCHEME};

use super::{
    Snap,
    answer::Answer,
    body::{self, Received},
    codes,
    headers::{self, Head, Signed},
    opaque::Opaque,
    refusal::Refused,
    service::{Form, Service},
    signature::{service_string, token_string, verify_service},
    timestamp,
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, BindingId, EntityId, ErrorCode, binding::CheckCustomerToken, merchant::CheckAccessToken,
};
use serde_json::{Map, Value};
use std::time::Duration;
use uuid::Uuid;

/// Purpose of the digests under which failures are counted.
const FAILURES: &str = "snap-failures";
/// Purpose of the digests that tell two requests apart.
const REQUEST_PURPOSE: &str = "snap-request";

/// Counts a proof of identity. The outcome may be told only after it.
fn settle(snap: &Snap, who: &[u8], is_right: bool) -> Result<(), Answer> {
    let who = snap.vault.fingerprint(FAILURES, who);
    snap.failures
        .settle(who, is_right, snap.clock.now())
        .map_err(|_| Answer::new(codes::TOO_MANY).retry_after_ms(Some(60_000)))
}

fn check_time(snap: &Snap, signed: &Signed) -> Result<(), Answer> {
    let window = Duration::from_secs(snap.config.timestamp_window_secs.into());
    if timestamp::is_within(signed.at, snap.clock.now(), window) {
        Ok(())
    } else {
        Err(Answer::of(codes::UNAUTHORIZED, "X-TIMESTAMP"))
    }
}

/// Finds who asks for a token, and checks the signature.
///
/// # Errors
/// The refusal.
pub(crate) async fn token_client(snap: &Snap, received: &Received) -> Result<Client, Answer> {
    let head = headers::read_token(&received.method, &received.headers)?;
    let client = Client::by_key(snap, &head.client_key).await?;
    let text = token_string(&head.client_key, &head.signed.timestamp);
    // Keys that nobody has are not counted: there is nothing to guess.
    let client = client.ok_or_else(|| Answer::of(codes::UNAUTHORIZED, "X-CLIENT-KEY"))?;
    let is_right = client.has_signed(&text, &head.signed.signature);
    settle(snap, head.client_key.as_bytes(), is_right)?;
    if !is_right {
        return Err(Answer::of(codes::UNAUTHORIZED, "X-SIGNATURE"));
    }
    check_time(snap, &head.signed)?;
    Ok(client)
}

/// A service call whose sender is known.
pub(crate) struct Call {
    pub(crate) form: Form,
    pub(crate) service: Service,
    pub(crate) client: Client,
    pub(crate) head: Head,
    /// The fields of the body.
    pub(crate) fields: Map<String, Value>,
    pub(crate) query: Option<String>,
    pub(crate) path: String,
    /// Where the request was sent to, as the client wrote it.
    pub(crate) host: Option<String>,
    correlation: Option<Uuid>,
    /// Digest of everything that the client said in the body; keyed, since it may cover card data.
    pub(crate) fingerprint: [u8; 32],
}

impl Call {
    /// Finds who sends the request, and checks signature, time and token.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) async fn authenticate(
        snap: &Snap,
        form: Form,
        service: Service,
        received: Received,
    ) -> Result<Self, Answer> {
        let Received { method, path, query, headers, body, correlation } = received;
        let head = headers::read(form, service, &method, &headers)?;
        let client = Client::by_partner(snap, &head.partner_id)
            .await?
            .ok_or_else(|| Answer::new(codes::PARTNER))?;
        let signed_path = client.path.path(&path, query.as_deref());
        let Signed { timestamp, signature, .. } = &head.signed;
        let text = service_string(method.as_str(), &signed_path, &head.token, &body, timestamp)
            .map_err(|_| Answer::new(codes::BAD_REQUEST).describe("The body is not JSON."))?;
        let is_right = verify_service(client.secret(), &text, signature);
        settle(snap, client.client_key.as_bytes(), is_right)?;
        if !is_right {
            return Err(Answer::of(codes::UNAUTHORIZED, "X-SIGNATURE"));
        }
        check_time(snap, &head.signed)?;
        if head.client_key.as_ref().is_some_and(|key| *key != client.client_key) {
            return Err(Answer::of(codes::UNAUTHORIZED, "X-CLIENT-KEY"));
        }
        if head.channel_id != client.channel_id {
            return Err(Answer::of(codes::UNAUTHORIZED, "CHANNEL-ID"));
        }
        check_token(snap, &client, &head, correlation).await?;
        let fields = if body.is_empty() && service.allows(&axum::http::Method::GET) {
            Map::new()
        } else {
            body::object(&body)?
        };
        let fingerprint = snap.vault.fingerprint(REQUEST_PURPOSE, &body);
        let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
        let host = host.map(str::to_owned);
        Ok(Self {
            form,
            service,
            client,
            head,
            fields,
            query,
            path,
            host,
            correlation,
            fingerprint,
        })
    }

    /// Asks an entity, with an idempotency key if it changes something.
    pub(crate) async fn ask<A: Ask>(
        &self,
        snap: &Snap,
        id: &EntityId,
        key: Option<String>,
        command: A,
    ) -> Result<A::Reply, Refused> {
        let fingerprint = key.as_ref().map(|_| self.fingerprint);
        let options =
            AskOptions { key, fingerprint, correlation: self.correlation, timeout: snap.timeout };
        snap.client.ask(id, command, options).await.map_err(Refused)
    }

    /// Asks with a key that names the operation whatever else the request says: the command itself tells
    /// two of them apart.
    pub(crate) async fn ask_as_is<A: Ask>(
        &self,
        snap: &Snap,
        id: &EntityId,
        key: &str,
        command: A,
    ) -> Result<A::Reply, Refused> {
        let options = AskOptions {
            key: Some(key.to_owned()),
            fingerprint: None,
            correlation: self.correlation,
            timeout: snap.timeout,
        };
        snap.client.ask(id, command, options).await.map_err(Refused)
    }

    /// An idempotency key for this request alone.
    pub(crate) fn own_key(&self, verb: &str) -> String {
        format!("{verb}:{}", Uuid::now_v7().simple())
    }

    /// Checks the customer's token, if one is sent: it must be of this binding.
    ///
    /// # Errors
    /// 401/02 or 401/04.
    pub(crate) async fn check_customer(
        &self,
        snap: &Snap,
        binding: &BindingId,
    ) -> Result<(), Answer> {
        let Some(text) = &self.head.customer_token else { return Ok(()) };
        let token = Opaque::parse(text);
        let of = token.as_ref().and_then(Opaque::binding);
        let (Some(token), Some(of)) = (token, of) else {
            return Err(Answer::new(codes::CUSTOMER_TOKEN_NOT_FOUND));
        };
        let invalid = || Answer::new(codes::INVALID_CUSTOMER_TOKEN);
        if of != *binding {
            return Err(invalid());
        }
        let merchant = self.client.merchant.clone();
        let check = CheckCustomerToken { merchant, token: token.digest() };
        match self.ask(snap, of.entity_id(), None, check).await {
            Ok(_) => Ok(()),
            Err(Refused(refused)) => match refused.code {
                ErrorCode::NotFound | ErrorCode::TokenExpired | ErrorCode::Forbidden => {
                    Err(invalid())
                }
                _ => Err(Refused(refused).into()),
            },
        }
    }
}

async fn check_token(
    snap: &Snap,
    client: &Client,
    head: &Head,
    correlation: Option<Uuid>,
) -> Result<(), Answer> {
    let invalid = || Answer::new(codes::INVALID_TOKEN);
    let check = CheckAccessToken { digest: head.token_digest.clone() };
    let options = AskOptions { correlation, timeout: snap.timeout, ..AskOptions::default() };
    match snap.client.ask(client.merchant.entity_id(), check, options).await {
        Ok(owner) if owner.client == client.client_key => Ok(()),
        Ok(_) => Err(invalid()),
        Err(refused) => match refused.code {
            ErrorCode::NotFound | ErrorCode::TokenExpired | ErrorCode::Forbidden => Err(invalid()),
            _ => Err(Refused(refused).into()),
        },
    }
}
