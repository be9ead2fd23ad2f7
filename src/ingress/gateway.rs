//! The card gateway dialect, below [`PREFIX`]. `docs/gateway.md` is its reference.
//!
//! It translates and nothing else: what may happen to a payment is decided by the core.

mod answer;
mod auth_token;
mod body;
mod caller;
mod card_fields;
pub(crate) mod checksum;
mod codes;
mod fields;
mod inquiry;
mod modify;
pub mod notification;
mod payments;
mod refusal;
mod render;
mod rules;
mod schema;
mod status;
mod token;

pub use token::AuthTokens;

use super::{
    IngressState,
    guard::{Dialect, Guard},
    login_limit::LoginLimit,
};
use crate::{merchants::MerchantDirectory, vault::Vault};
use answer::{Format, Reply};
use axum::{
    Router,
    extract::Request,
    http::header,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use fields::Fields;
use purser_actors::{Client, ports::Clock};
use refusal::Refusal;
use std::{sync::Arc, time::Duration};

/// Where the gateway's paths begin.
pub const PREFIX: &str = "/transactionServices/REST/v1";
/// Scheme of the merchants' credentials for the gateway.
pub const SCHEME: &str = "gateway";
/// Name of the gateway's notifications in payments.
pub const FORMAT: &str = "gateway";

/// How long an operation is waited for; shorter than the limit of the whole request, so that the
/// answer says what is known.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(50);
/// How long an inquiry is waited for.
const INQUIRY_TIMEOUT: Duration = Duration::from_secs(10);
/// Purpose of the digests that tell two requests apart.
const REQUEST_PURPOSE: &str = "gateway-request";

/// What the handlers share.
struct Gateway {
    client: Client,
    merchants: MerchantDirectory,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    tokens: AuthTokens,
    logins: LoginLimit,
}

impl Gateway {
    /// Digest of everything the client asked for; keyed, since it covers card data.
    fn fingerprint(&self, fields: &Fields) -> [u8; 32] {
        self.vault.fingerprint(REQUEST_PURPOSE, &fields.canonical())
    }
}

/// The gateway's routes, with their full paths.
pub(super) fn router(state: &IngressState, guard: Guard) -> Router {
    let client = state.client.named(SCHEME);
    let merchants =
        MerchantDirectory::new(client.clone(), state.store.clone(), state.vault.clone());
    let gateway = Arc::new(Gateway {
        client,
        merchants,
        vault: state.vault.clone(),
        clock: state.clock.clone(),
        tokens: AuthTokens::new(&state.vault),
        logins: LoginLimit::default(),
    });
    let routes = Router::new()
        .route("/authToken", post(auth_token::handle))
        .route("/payments", post(payments::handle))
        .route("/payments/{id}", post(modify::handle))
        .route("/inquiry", post(inquiry::handle))
        .fallback(no_path)
        .method_not_allowed_fallback(|| async { Refusal::new(codes::METHOD) })
        .with_state(gateway);
    // A nested router does not see the prefix with nothing but a slash behind it.
    let routes = Router::new().nest(PREFIX, routes).route(&format!("{PREFIX}/"), any(no_path));
    guard.around(routes, DIALECT).layer(middleware::from_fn(write))
}

async fn no_path() -> Refusal {
    Refusal::new(codes::NO_PATH)
}

const DIALECT: Dialect = Dialect {
    name: SCHEME,
    overloaded: || Refusal::new(codes::OVERLOADED).into_response(),
    timed_out: || Refusal::new(codes::TIMED_OUT).into_response(),
    panicked: || Refusal::new(codes::INTERNAL).into_response(),
};

/// Writes the reply in the format that the client reads.
async fn write(request: Request, next: Next) -> Response {
    let accept = request.headers().get_all(header::ACCEPT).iter();
    let accept: Vec<&str> = accept.filter_map(|value| value.to_str().ok()).collect();
    let format = Format::accepted(&accept.join(","));
    let mut response = next.run(request).await;
    let Some(reply) = response.extensions_mut().remove::<Reply>() else { return response };
    let mut written = reply.write(format);
    // The router tells allowed methods in a header of its own.
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        written.headers_mut().insert(header::ALLOW, allow);
    }
    written
}

#[cfg(test)]
pub(crate) use render::tests::reply as sample_reply;
#[cfg(test)]
mod tests;
